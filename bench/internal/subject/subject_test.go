package subject

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestOwnModules: each module that is made for the benchmark has the programs that it says, what it edits, and a main package that
// imports all that the programs do.
func TestOwnModules(t *testing.T) {
	for _, s := range All() {
		if s.Version != "" {
			continue
		}
		dir := t.TempDir()
		if err := s.Unpack(dir); err != nil {
			t.Fatal(err)
		}
		union := imports(t, filepath.Join(dir, s.Main))
		for _, main := range s.Programs {
			for _, path := range imports(t, filepath.Join(dir, main)) {
				if strings.Contains(path, ".") && !slices.Contains(union, path) {
					t.Errorf("%s: %s does not import %s of %s", s.Name, s.Main, path, main)
				}
			}
		}
		for _, name := range []string{s.MainFile, s.LeafFile, "go.sum"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
				t.Errorf("%s: %v", s.Name, err)
			}
		}
	}
}

// TestTen: modules of different names, each with the one main package that is edited, and C in three.
func TestTen(t *testing.T) {
	ten, err := Ten()
	if err != nil {
		t.Fatal(err)
	}
	names, withC := map[string]bool{}, map[string]bool{}
	for _, s := range ten {
		dir := t.TempDir()
		if err := s.Unpack(dir); err != nil {
			t.Fatal(err)
		}
		names[s.Module] = true
		mains, err := filepath.Glob(filepath.Join(dir, "cmd", "*", "main.go"))
		if err != nil || len(mains) > 1 {
			t.Errorf("%s has the programs %q, %v", s.Name, mains, err)
		}
		if paths := imports(t, filepath.Join(dir, s.Main)); !slices.Contains(paths, s.Module+"/shared") {
			t.Errorf("%s imports %q", s.Name, paths)
		}
		if _, err := os.Stat(filepath.Join(dir, s.Main, "c.go")); (err == nil) != (s.C != "") {
			t.Errorf("%s has the configuration %q for C, and %v", s.Name, s.C, err)
		}
		if s.C != "" {
			withC[s.C] = true
		}
	}
	if len(ten) != 10 || len(names) != 10 || len(withC) != 3 {
		t.Errorf("%d modules of %d names, C in %d ways", len(ten), len(names), len(withC))
	}
}

// imports are what main.go of a directory imports.
func imports(t *testing.T, dir string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, "main.go"), nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, i := range file.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// TestTargets: the programs have names of their own, and are what is built where there are some.
func TestTargets(t *testing.T) {
	s := Subject{Main: ".", Second: "./two", Programs: []string{"./cmd/a", "./cmd/b"}}
	for target, want := range map[string]string{First: ".", Second: "./two", "a": "./cmd/a", "b": "./cmd/b"} {
		if got := s.MainOf(target); got != want {
			t.Errorf("%s is %s, want %s", target, got, want)
		}
	}
	if got := s.Built(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("built are %q", got)
	}
	if got := (Subject{Main: "."}).Built(); !slices.Equal(got, []string{First}) {
		t.Errorf("built are %q", got)
	}
}
