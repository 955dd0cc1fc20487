package frontend

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/solver/errdefs"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/request"
)

func at(file string, line, col, endLine, endCol int) diag.Range {
	return diag.Range{File: file, Start: diag.Pos{Line: line, Col: col}, End: diag.Pos{Line: endLine, Col: endCol}}
}

// shown lists the places that a client of BuildKit shows for an error, and lets it show them: it panics without an End.
func shown(t *testing.T, err error) []string {
	t.Helper()
	var places []string
	for _, s := range errdefs.Sources(err) {
		for _, r := range s.Ranges {
			if r.Start == nil || r.End == nil {
				t.Fatalf("a range lacks an end: %v", r)
			}
			if s.Info == nil || len(s.Info.Data) == 0 {
				t.Errorf("no text to show for %v", s)
			}
			places = append(places, fmt.Sprintf("%s:%d:%d-%d:%d", s.Info.Filename, r.Start.Line, r.Start.Character, r.End.Line, r.End.Character))
		}
		if err := s.Print(io.Discard); err != nil {
			t.Error(err)
		}
	}
	return places
}

func userFiles() *files {
	f := &files{}
	f.add("app.yaml", "YAML", []byte("main: .\nimage: {user: root}\n"), nil)
	f.trees = append(f.trees,
		func() (fs.FS, error) { return fstest.MapFS{"go.mod": {Data: []byte("module x\n\ngo 1\n")}}, nil },
		func() (fs.FS, error) { return nil, errors.New("the daemon is gone") },
		func() (fs.FS, error) {
			return fstest.MapFS{"cmd/main.go": {Data: []byte("package main\n")}, "go.mod": {Data: []byte("other")}}, nil
		})
	return f
}

// TestLocate: every mistake that has a place is shown there, wherever it is in the error.
func TestLocate(t *testing.T) {
	var mistakes diag.List
	mistakes.Addf(at("app.yaml", 2, 9, 2, 20), "bad user")
	mistakes.Addf(at("app.yaml", 1, 1, 1, 8), "bad main")
	mistakes.Addf(at("go.mod", 3, 1, 3, 5), "bad go line")
	mistakes.Addf(at("./cmd/main.go", 1, 1, 0, 0), "without an end")
	mistakes.Addf(diag.Range{File: "go.mod"}, "of the file as a whole")
	mistakes.Addf(at("vendor/x.go", 1, 1, 1, 1), "in a file that nobody has")
	mistakes.Addf(diag.Range{}, "without a file")
	original := fmt.Errorf("reading: %w", errors.Join(mistakes.Err(), errors.New("other")))

	f := userFiles()
	err := f.locate(original)
	want := map[string]bool{
		"app.yaml:1:0-1:7": true, "app.yaml:2:8-2:19": true, "go.mod:3:0-3:4": true, "./cmd/main.go:1:0-1:0": true,
	}
	got := map[string]bool{}
	for _, place := range shown(t, err) {
		got[place] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err.Error() != original.Error() {
		t.Errorf("the text became %q", err)
	}
	if len(diag.All(err)) != len(mistakes) {
		t.Error("mistakes are lost")
	}
}

// TestLearn: a step can show files that nobody else has, and none of the user's.
func TestLearn(t *testing.T) {
	f := userFiles()
	failure := &request.Failure{Files: map[string]string{}}
	for _, name := range []string{"app.yaml", "go.mod", "cmd/main.go", "example.com/m@v1/x.go"} {
		failure.Files[name] = "of the step\n"
		failure.Mistakes = append(failure.Mistakes, request.Mistake{Range: at(name, 1, 1, 1, 2), Msg: "bad"})
	}
	failure.Files["unnamed.go"] = "of the step\n"
	f.learn(failure)
	for name, want := range map[string]string{
		"app.yaml": "main: .\nimage: {user: root}\n", "go.mod": "module x\n\ngo 1\n", "cmd/main.go": "package main\n",
		"example.com/m@v1/x.go": "of the step\n", "unnamed.go": "",
	} {
		got := ""
		if info := f.find(name); info != nil {
			got = string(info.Data)
		}
		if got != want {
			t.Errorf("%s reads %q, want %q", name, got, want)
		}
	}
}

func TestLocateNothing(t *testing.T) {
	f := userFiles()
	if err := f.locate(nil); err != nil {
		t.Errorf("success became %v", err)
	}
	plain := errors.New("x")
	if err := f.locate(plain); err != plain {
		t.Errorf("got %v", err)
	}
	var empty files
	err := empty.locate(&diag.Error{Range: at("go.mod", 1, 1, 1, 2), Msg: "x"})
	if got := shown(t, err); len(got) > 0 {
		t.Errorf("shown without a file: %v", got)
	}
}

func TestLanguage(t *testing.T) {
	for name, want := range map[string]string{"go.mod": "Go Module", "lib/go.mod": "Go Module", "go.work": "Go Module", "x.go": "Go"} {
		if got := language(name); got != want {
			t.Errorf("%s is %s", name, got)
		}
	}
}

// TestLintWarning: clients look into Location without asking whether it is there.
func TestLintWarning(t *testing.T) {
	w := lintWarning(&diag.Error{Range: at("app.yaml", 2, 9, 2, 20), Msg: "bad user", Help: "write uid:gid"}, 3)
	if w.Location.SourceIndex != 3 || w.Location.Ranges[0].End.Character != 19 || w.RuleName == "" {
		t.Errorf("got %+v", w)
	}
	if w := lintWarning(&diag.Error{Msg: "x"}, -1); w.Location == nil || w.Location.Ranges[0].End == nil {
		t.Errorf("got %+v", w)
	}
}

// TestLintSources: a file is sent once, however many mistakes are in it.
func TestLintSources(t *testing.T) {
	b := &builder{files: userFiles()}
	results := &lint.LintResults{}
	var got []int
	for _, mistake := range []diag.Range{at("app.yaml", 1, 1, 1, 2), at("go.mod", 1, 1, 1, 2), at("app.yaml", 2, 1, 2, 2), {File: "app.yaml"}, at("none", 1, 1, 1, 1)} {
		got = append(got, b.lintSource(results, &diag.Error{Range: mistake}))
	}
	if diff := cmp.Diff([]int{0, 1, 0, -1, -1}, got); diff != "" || len(results.Sources) != 2 {
		t.Errorf("%d files, indexes (-want +got):\n%s", len(results.Sources), diff)
	}
}

// TestLocateBounded: however long a file, its lines and a value in it are, what is sent to the client fits into a message.
func TestLocateBounded(t *testing.T) {
	var f files
	f.add("long.go", "Go", []byte(strings.Repeat("x\n", 1<<20)+strings.Repeat("y", 1<<20)+"\n"), nil)
	var mistakes diag.List
	for i := range 40 {
		mistakes.Addf(at("long.go", 1<<20+1-i, 1, 1<<20+1-i, 2), "main package %q", strings.Repeat("z", 1<<20))
	}
	err := f.locate(mistakes.Err())
	size := len(err.Error())
	for _, s := range errdefs.Sources(err) {
		size += len(s.Info.Data)
	}
	if size > 4<<20 || len(errdefs.Sources(err)) == 0 {
		t.Errorf("the error has %d bytes", size)
	}
	shown(t, err)
}
