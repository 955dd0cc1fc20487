package cli

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/modship-build/modship/internal/diag"
)

// TestNamedFrom: who builds another folder than the one they are in is told what the names of files count from.
func TestNamedFrom(t *testing.T) {
	root := t.TempDir()
	writeFile(t, root, "svc/a/go.mod", "module a\n")
	t.Chdir(root)
	at := func(file string, line int) error {
		return fmt.Errorf("building: %w", &diag.Error{Range: diag.Range{File: file, Start: diag.Pos{Line: line, Col: 1}}, Msg: "wrong"})
	}
	for _, c := range []struct {
		context string
		err     error
		want    string
	}{
		{"svc/a", at("go.mod", 7), "svc/a"},
		{"svc/a", errors.Join(at("--target", 0), at("cmd/a.go", 7)), "svc/a"},
		{".", at("go.mod", 7), ""},
		{"svc/a", at("--target", 0), ""},
		{"svc/a", at("image.yaml", 3), ""},
		{"svc/a", errors.New("exit code: 1"), ""},
		{"", at("go.mod", 7), ""},
	} {
		j := &job{context: c.context, definition: definition{name: "image.yaml"}}
		exit := &ExitError{Code: ExitUsage, Err: c.err, From: j.namedFrom(c.err)}
		if exit.From != c.want {
			t.Errorf("%v of %q: files are named from %q, want %q", c.err, c.context, exit.From, c.want)
		}
		var shown strings.Builder
		if Report(&shown, exit); strings.Contains(shown.String(), "\n  files are named from svc/a\n") != (c.want != "") {
			t.Errorf("it says %s", &shown)
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
