package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/progress/progressui"
	"github.com/opencontainers/go-digest"

	"github.com/modship-build/modship/internal/diag"
)

func TestStepWords(t *testing.T) {
	const (
		modules = digest.Digest("sha256:01")
		scan    = digest.Digest("sha256:02")
	)
	exit := errors.New(`process "/modship step modules" did not complete successfully: exit code: 1`)
	failed := &client.Vertex{Digest: modules, Name: "[modules] download", Error: exit.Error()}
	for _, tc := range []struct {
		name   string
		status []*client.SolveStatus
		want   string
	}{
		{name: "nothing is known", want: exit.Error()},
		{name: "the step's words, in parts", want: "[modules] download: x@v1: no such version\ny@v1: neither", status: []*client.SolveStatus{
			{Logs: []*client.VertexLog{{Vertex: modules, Data: []byte("modules: 2, failed: 2\nerror: modules: x@v1")}, {Vertex: scan, Data: []byte("error: another")}}},
			{Logs: []*client.VertexLog{{Vertex: modules, Data: []byte(": no such version\ny@v1: neither\n")}}},
			{Vertexes: []*client.Vertex{failed}},
		}},
		{name: "errors of a linker", want: "[modules] download: compile: running go build: exit status 1", status: []*client.SolveStatus{
			{Logs: []*client.VertexLog{{Vertex: modules, Data: []byte("a.c:1:2: error: no\ncollect2: error: ld returned 1\nerror: compile: running go build: exit status 1\n")}}},
			{Vertexes: []*client.Vertex{failed}},
		}},
		{name: "a linker alone", want: exit.Error(), status: []*client.SolveStatus{
			{Logs: []*client.VertexLog{{Vertex: modules, Data: []byte("collect2: error: ld returned 1\n")}}},
			{Vertexes: []*client.Vertex{failed}},
		}},
		{name: "a step without words", want: exit.Error(), status: []*client.SolveStatus{{Vertexes: []*client.Vertex{failed}}}},
		{name: "a step that was canceled because of another", want: "[modules] download: down", status: []*client.SolveStatus{
			{Vertexes: []*client.Vertex{{Digest: scan, Name: "[scan]", Error: "context canceled: context canceled"}}},
			{Logs: []*client.VertexLog{{Vertex: scan, Data: []byte("error: killed")}, {Vertex: modules, Data: []byte("error: modules: down\n")}}},
			{Vertexes: []*client.Vertex{failed}},
		}},
		{name: "a step that was done again", want: exit.Error(), status: []*client.SolveStatus{
			{Logs: []*client.VertexLog{{Vertex: modules, Data: []byte("error: modules: gone\n")}}},
			{Vertexes: []*client.Vertex{failed}},
			{Vertexes: []*client.Vertex{{Digest: scan, Name: failed.Name, Completed: &time.Time{}}}},
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			from, to := make(chan *client.SolveStatus), make(chan *client.SolveStatus)
			var words stepWords
			go words.listen(from, to)
			go func() {
				defer close(from)
				for _, s := range tc.status {
					from <- s
				}
			}()
			shown := 0
			for range to {
				shown++
			}
			if shown != len(tc.status) {
				t.Errorf("%d messages were shown, want %d", shown, len(tc.status))
			}
			err := words.explain(exit)
			if err.Error() != tc.want || !errors.Is(err, exit) {
				t.Errorf("got  %q\nwant %q", err, tc.want)
			}
		})
	}
}

// hostile is a name that a file can have on Linux.
const hostile = "data/x\n::set-output name=approved::true\n\x1b[2J\rwarning: fake\u202e ##vso[task.complete]"

// isSafe fails if a text does more in a terminal or in a CI service than be read. Every line of it begins with one of the words.
func isSafe(t *testing.T, text string, begins ...string) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if i := strings.IndexFunc(line, func(r rune) bool { return r != '\t' && !unicode.IsGraphic(r) }); i >= 0 {
			t.Errorf("the line %q has a character that cannot be seen", line)
		}
		if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##vso[") || strings.Contains(line, "##[") {
			t.Errorf("the line %q is a command", line)
		}
		ok := len(begins) == 0
		for _, b := range begins {
			ok = ok || strings.HasPrefix(line, b)
		}
		if !ok {
			t.Errorf("the line %q begins with none of %q", line, begins)
		}
	}
}

// TestForeignText takes a name through every way by which modship build writes to a terminal.
func TestForeignText(t *testing.T) {
	var mistakes diag.List
	mistakes.Addf(diag.Range{File: hostile, Start: diag.Pos{Line: 1, Col: 1}}, "no %s", hostile).Help = hostile
	mistakes.Addf(diag.Range{}, "another").Err = &fs.PathError{Op: "open", Path: hostile, Err: fs.ErrNotExist}
	info := &pb.SourceInfo{Filename: hostile, Data: []byte("a: b\n" + hostile + "\n")}
	ranges := []*pb.Range{{Start: &pb.Position{Line: 2}, End: &pb.Position{Line: 2}}}
	located := errdefs.WithSource(errors.New(hostile), &errdefs.Source{Info: info, Ranges: ranges})
	for name, tc := range map[string]struct {
		write  func(io.Writer)
		begins []string
	}{
		"a mistake":  {func(w io.Writer) { Report(w, mistakes[:1].Err()) }, []string{"error: "}},
		"mistakes":   {func(w io.Writer) { Report(w, mistakes.Err()) }, []string{"error: "}},
		"an error":   {func(w io.Writer) { Report(w, fmt.Errorf("x: %s", hostile)) }, []string{"error: ", "  "}},
		"a path":     {func(w io.Writer) { Report(w, &ExitError{Code: 1, Err: mistakes[1].Err}) }, []string{"error: ", "  "}},
		"a source":   {func(w io.Writer) { Report(w, &ExitError{Code: 2, Err: located, Sources: sources(located)}) }, nil},
		"a sentence": {func(w io.Writer) { Warn(w, hostile) }, []string{"warning: "}},
		"warnings": {func(w io.Writer) {
			printWarnings(w, []client.VertexWarning{{Short: []byte(hostile), Detail: [][]byte{[]byte(hostile)}, URL: hostile, SourceInfo: info, Range: ranges}})
		}, []string{"warning: ", "  "}},
		"progress": {func(w io.Writer) {
			display, err := progressui.NewDisplay(w, progressui.PlainMode)
			if err != nil {
				t.Fatal(err)
			}
			from, to := make(chan *client.SolveStatus), make(chan *client.SolveStatus)
			var words stepWords
			go words.listen(from, to)
			go func() {
				defer close(from)
				v := &client.Vertex{Digest: "sha256:01", Name: hostile, Error: hostile}
				from <- &client.SolveStatus{
					Vertexes: []*client.Vertex{v},
					Statuses: []*client.VertexStatus{{ID: hostile, Vertex: v.Digest, Name: hostile}},
					Logs:     []*client.VertexLog{{Vertex: v.Digest, Data: []byte(hostile[:20])}, {Vertex: v.Digest, Data: []byte(hostile[20:] + "\n")}},
				}
			}()
			if _, err := display.UpdateFrom(t.Context(), to); err != nil {
				t.Fatal(err)
			}
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			tc.write(&b)
			if b.Len() == 0 {
				t.Fatal("nothing was written")
			}
			isSafe(t, b.String(), tc.begins...)
		})
	}
}

// TestForeignFolder names a folder and a file so on the command line.
func TestForeignFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), hostile)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Skip(err)
	}
	var mistakes diag.List
	chooseDefinition(dir, filepath.Join(dir, "none"), strings.NewReader(""), &mistakes)
	openContext(filepath.Join(dir, "none"), &mistakes)
	var b strings.Builder
	if Report(&b, mistakes.Err()) != ExitUsage || len(mistakes) < 2 {
		t.Errorf("got %q", b.String())
	}
	isSafe(t, b.String(), "error: ")
}
