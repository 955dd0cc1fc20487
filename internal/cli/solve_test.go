package cli

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/diag"
)

// TestNotes: who builds another folder than the one they are in is told what the names of files count from, and who has GOWORK off that there is a workspace.
func TestNotes(t *testing.T) {
	root := t.TempDir()
	writeFile(t, root, "svc/a/go.mod", "module a\n")
	t.Chdir(root)
	at := func(file string, line int) error {
		return fmt.Errorf("building: %w", &diag.Error{Range: diag.Range{File: file, Start: diag.Pos{Line: line, Col: 1}}, Msg: "wrong"})
	}
	writeFile(t, root, "ws/go.work", "use ./b\n")
	writeFile(t, root, "ws/b/go.mod", "module b\n")
	const from, unread = "  files are named from svc/a\n", "  GOWORK is off, so that ws/go.work is not read\n"
	off := map[string]string{"build-arg:GOWORK": "off"}
	for _, c := range []struct {
		context string
		attrs   map[string]string
		err     error
		want    string
	}{
		{"svc/a", nil, at("go.mod", 7), from},
		{"svc/a", off, errors.Join(at("--target", 0), at("cmd/a.go", 7)), from},
		{".", nil, at("go.mod", 7), ""},
		{"svc/a", nil, at("--target", 0), ""},
		{"svc/a", nil, at("image.yaml", 3), ""},
		{"svc/a", off, errors.New("exit code: 1"), ""},
		{"", off, at("go.mod", 7), ""},
		{"ws/b", off, errors.New("exit code: 1"), unread},
		{"ws/b", nil, errors.New("exit code: 1"), ""},
		{".", map[string]string{"build-arg:GOWORK": "off", frontend.OptionFolder: "ws/b"}, at("ws/b/go.mod", 1), unread},
	} {
		j := &job{context: c.context, definition: definition{name: "image.yaml"}}
		j.opt.FrontendAttrs = c.attrs
		var shown strings.Builder
		Report(&shown, &ExitError{Code: ExitUsage, Err: c.err, Notes: j.notes(c.err)})
		if want := fmt.Sprintf("error: %s\n%s", strings.ReplaceAll(c.err.Error(), "\n", "\nerror: "), c.want); shown.String() != want {
			t.Errorf("of %q it says\n%s, want\n%s", c.context, &shown, want)
		}
	}
}

func TestExplainLost(t *testing.T) {
	gone := fmt.Errorf("failed to receive status: %w", status.Error(codes.Unavailable, "error reading from server: EOF"))
	if err := explainLost(gone); !errors.Is(err, gone) || !strings.HasPrefix(err.Error(), "BuildKit went away") {
		t.Errorf("of a lost connection it says %v", err)
	}
	for _, other := range []error{nil, errors.New("exit code: 1"), status.Error(codes.Unknown, "exit code: 1")} {
		if err := explainLost(other); err != other {
			t.Errorf("%v became %v", other, err)
		}
	}
}
