package vcs_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/vcs"
)

// TestSince compares a checkout with earlier commits, by all names that one may have.
func TestSince(t *testing.T) {
	w := newWorld(t)
	w.repo("m", mod)
	w.write("m/.gitignore", "gen.go\n")
	w.write("m/sub/a.go", "package sub\n")
	w.write("m/sub/b.go", "package sub\n")
	w.write("m/other/c.go", "package other\n")
	w.write("m/turn/d.go", "package turn\n")
	w.commit("m", "second")
	w.git("m", "tag", "-a", "v1.0.0", "-m", "tag")
	w.git("m", "branch", "topic/x")
	w.git("m", "update-ref", "refs/remotes/origin/main", "HEAD")
	w.git("m", "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
	second := w.git("m", "rev-parse", "HEAD")
	w.write("m/sub/a.go", "package sub // committed\n")
	w.commit("m", "third")
	w.write("m/sub/new.go", "package sub\n")
	w.write("m/sub/gen.go", "package sub\n")
	w.write("m/other/new.go", "package other\n")
	for _, gone := range []string{"sub/b.go", "other/c.go", "turn/d.go"} {
		if err := os.Remove(w.path("m", gone)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(w.path("m", "turn")); err != nil {
		t.Fatal(err)
	}
	w.write("m/turn", "a file in place of a folder\n")
	w.git("m", "gc", "-q")
	r := w.open("m")

	for _, name := range []string{"HEAD~", "HEAD^", "HEAD~1", "HEAD^1^0", "v1.0.0", "tags/v1.0.0", "refs/tags/v1.0.0", "topic/x", "heads/topic/x", "origin/main", "origin", second} {
		s, err := r.Since(name)
		if err != nil || s.Revision() != second {
			t.Fatalf("%s: %v, want %s", name, err, second)
		}
		got, err := s.Changes(os.DirFS(w.path("m")), "", func(dir string) bool { return dir != "other" })
		if err != nil {
			t.Fatal(err)
		}
		want := vcs.Changes{Changed: []string{"sub/a.go", "sub/b.go", "sub/new.go", "turn", "turn/d.go"}, Ignored: []string{"sub/gen.go"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	s, err := r.Since("main")
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Changes(os.DirFS(w.path("m/sub")), "sub", func(string) bool { return true })
	if diff := cmp.Diff(vcs.Changes{Changed: []string{"b.go", "new.go"}, Ignored: []string{"gen.go"}}, got); diff != "" || err != nil {
		t.Errorf("of a folder (-want +got), %v:\n%s", err, diff)
	}
	if text, err := s.File("sub/a.go"); string(text) != "package sub // committed\n" || err != nil {
		t.Errorf("the file is %q, %v", text, err)
	}
	for _, name := range []string{"sub/none.go", "../x", "sub"} {
		if _, err := s.File(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"", "none", "HEAD~99", "HEAD^2", "HEAD~x", "HEAD@{1}", second[:12], "../x", "~1", "HEAD~99999999999999999999", strings.Repeat("0", 40)} {
		if _, err := r.Since(name); !errors.Is(err, vcs.ErrRevision) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestSinceShallow: a commit that a shallow clone does not have is said to be missing.
func TestSinceShallow(t *testing.T) {
	w := newWorld(t)
	w.repo("m", mod)
	w.commit("m", "second")
	w.git(".", "clone", "-q", "--depth", "1", "file://"+filepath.ToSlash(w.path("m")), "shallow")
	if _, err := w.open("shallow").Since("HEAD~1"); !errors.Is(err, vcs.ErrIncomplete) {
		t.Errorf("%v", err)
	}
}
