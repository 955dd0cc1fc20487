package imagetool_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/modship-build/modship/internal/imagetool"
	"github.com/modship-build/modship/internal/ociread"
)

func TestCode(t *testing.T) {
	cause := errors.New("no such\x1b[2J file")
	for _, test := range []struct {
		err  error
		code int
		text string
	}{
		{nil, 0, ""},
		{imagetool.Unread(nil), 0, ""},
		{fmt.Errorf("app: %w", imagetool.ErrFindings), imagetool.ExitFindings, ""},
		{cause, imagetool.ExitUsage, "error: no such\\x1b[2J file\n"},
		{fmt.Errorf("app: %w", imagetool.Unread(cause)), imagetool.ExitUnread, "error: app: no such\\x1b[2J file\n"},
		{imagetool.Unread(errors.Join(cause, fmt.Errorf("app.tar: %w", ociread.ErrReference))), imagetool.ExitUsage, "error: no such\\x1b[2J file\napp.tar: no image\n"},
	} {
		var out strings.Builder
		if code := imagetool.Code(&out, test.err); code != test.code || out.String() != test.text {
			t.Errorf("%v: code %d, %q", test.err, code, &out)
		}
	}
}

func TestFormat(t *testing.T) {
	f := imagetool.NewFormat("text", "json", "sarif")
	cmd := &cobra.Command{Use: "x", SilenceErrors: true, SilenceUsage: true, Run: func(*cobra.Command, []string) {}}
	f.AddFlag(cmd)
	if f.String() != "text" || f.Help() != "text, json or sarif" {
		t.Errorf("%s of %s", f, f.Help())
	}
	cmd.SetArgs([]string{"-o", "json"})
	if err := cmd.Execute(); err != nil || f.String() != "json" {
		t.Errorf("%s, %v", f, err)
	}
	cmd.SetArgs([]string{"--output", "jsno"})
	if err := cmd.Execute(); err == nil || !strings.Contains(err.Error(), `it is text, json or sarif; did you mean "json"?`) {
		t.Error(err)
	}
	cmd.SetArgs([]string{"--output", "xml"})
	if err := cmd.Execute(); err == nil || !strings.Contains(err.Error(), "it is text, json or sarif") || f.String() != "json" {
		t.Errorf("%s, %v", f, err)
	}
}

func TestOpen(t *testing.T) {
	var s imagetool.Source
	_, err := s.Open(t.Context(), "oci:"+t.TempDir()+"/none")
	var out strings.Builder
	if code := imagetool.Code(&out, err); code != imagetool.ExitUnread {
		t.Errorf("code %d, %s", code, &out)
	}
}

func TestWriteJSON(t *testing.T) {
	var out strings.Builder
	if err := imagetool.WriteJSON(&out, map[string]string{"a": "<\u202e>"}); err != nil || out.String() != "{\n  \"a\": \"\\u003c\\u202e\\u003e\"\n}\n" {
		t.Errorf("%q, %v", &out, err)
	}
}
