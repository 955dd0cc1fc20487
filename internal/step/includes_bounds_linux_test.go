package step

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/modship-build/modship/internal/request"
)

// TestIncludesStay: a link that leads out of the build context is refused where it is included, and names nothing elsewhere; and a pipe
// is not waited for.
func TestIncludesStay(t *testing.T) {
	source := lay(t, "-- c/c.go --\npackage c\n\n// #include \"x.h\"\n// #include \"y.h\"\n// #include \"z.h\"\nimport \"C\"\n-- c/y.h --\n")
	for name, target := range map[string]string{"x.h": "/proc/self/pagemap", "up/x.h": "../../../../proc/self/pagemap"} {
		if err := os.MkdirAll(filepath.Join(source, "c/up"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, filepath.Join(source, "c", name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(source, "c/pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("pipe", filepath.Join(source, "c/z.h")); err != nil {
		t.Fatal(err)
	}
	included := t.TempDir()
	find := func() (string, error) {
		return container{t: t}.try("includes", request.Includes{Sources: []string{"c/c.go"}}, in(source, filepath.Join(request.Source, request.PartGo)),
			in(source, filepath.Join(request.Source, request.PartC)), out(included, request.Out), out(t.TempDir(), request.Said))
	}
	if said, err := find(); err == nil || !strings.Contains(said, `c/x.h: the symbolic link leads to "/proc/self/pagemap"`) {
		t.Errorf("of a link out of the context: %v\n%s", err, said)
	}
	if err := os.Remove(filepath.Join(source, "c/x.h")); err != nil {
		t.Fatal(err)
	}
	if said, err := find(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for name, want := range map[string]bool{"c/y.h": true, "c/x.h": false, "c/up/x.h": false, "c/z.h": false} {
		if _, err := os.Lstat(filepath.Join(included, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestGoThatCIncludes: a Go file that C of another package reads is a key of that package, also one that belongs to a package with C itself.
func TestGoThatCIncludes(t *testing.T) {
	source := lay(t, "-- a/a.go --\npackage a\n\n// #include \"a.h\"\nimport \"C\"\n-- a/a.h --\n#include \"../b/b.go\"\n#include \"../c/c.go\"\n"+
		"-- b/b.go --\npackage b\n\nimport \"C\"\n-- c/c.go --\npackage c\n-- d/d.go --\npackage d\n")
	hash := func() string {
		included := t.TempDir()
		container{t: t}.run("includes", request.Includes{Sources: []string{"a/a.go", "a/a.h", "b/b.go"}}, in(source, filepath.Join(request.Source, request.PartGo)),
			in(source, filepath.Join(request.Source, request.PartC)), out(included, request.Out), out(t.TempDir(), request.Said))
		sum, err := hashReadable(source, "", included, &request.Cgo{})
		if err != nil {
			t.Fatal(err)
		}
		return string(sum)
	}
	before := hash()
	for _, edit := range []struct {
		name    string
		differs bool
	}{{"a/a.go", false}, {"b/b.go", true}, {"c/c.go", true}, {"d/d.go", false}} {
		text, err := os.ReadFile(filepath.Join(source, edit.name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(source, edit.name), string(text)+"// edited\n")
		after := hash()
		if (after != before) != edit.differs {
			t.Errorf("after an edit of %s the key differs: %t", edit.name, after != before)
		}
		before = after
	}
}

// TestReadRegular: no link leads out of the tree, nothing is waited for, and a file has a largest size.
func TestReadRegular(t *testing.T) {
	root := lay(t, "-- a.s --\n#include \"b.h\"\n#include \"out.h\"\n-- sub/c.h --\nc\n")
	for name, target := range map[string]string{"b.h": "sub/c.h", "out.h": "/proc/self/pagemap", "up.h": "../../../../../../../proc/self/pagemap"} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(root, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "large.h"), "")
	if err := os.Truncate(filepath.Join(root, "large.h"), maxSource+1); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"out.h", "up.h", "pipe", "sub", "large.h"} {
		if text, err := readRegular(root, name); err == nil {
			t.Errorf("%s reads %d bytes", name, len(text))
		}
	}
	if text, err := readRegular(root, "b.h"); err != nil || string(text) != "c\n" {
		t.Errorf("through a link within the tree: %q, %v", text, err)
	}
	if names, err := included(root, []string{"a.s"}); err != nil || !maps.Equal(names, map[string]bool{"b.h": true}) {
		t.Errorf("included: %v, %v", names, err)
	}
	write(t, filepath.Join(root, "b.s"), "#include \"large.h\"\n")
	if names, err := included(root, []string{"a.s", "b.s"}); !errors.Is(err, errTooLarge) {
		t.Errorf("a file that is too large to be read is not in the key of %v: %v", names, err)
	}
}
