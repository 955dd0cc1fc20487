package links_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/links"
)

func link(target string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text), Mode: 0o644} }

var sample = fstest.MapFS{
	"common/about.go":   file("about"),
	"common/deep/a.go":  file("deep"),
	"cmd/about.go":      link("../common/about.go"),
	"cmd/twice.go":      link("about.go"),
	"cmd/folder":        link("../common/deep"),
	"cmd/up.go":         link("folder/../about.go"), // the parent of common/deep, as the system has it
	"cmd/here":          link("."),
	"cmd/root":          link(".."),
	"cmd/out.go":        link("../../secret"),
	"cmd/abs.go":        link("/etc/passwd"),
	"cmd/loop.go":       link("loop.go"),
	"cmd/ping":          link("pong"),
	"cmd/pong":          link("ping"),
	"cmd/lost.go":       link("../generated/lost.go"),
	"cmd/lostfolder":    link("../generated"),
	"cmd/filefolder.go": link("about.go/x"),
}

func TestFind(t *testing.T) {
	for name, want := range map[string]struct {
		path  string
		links []string
	}{
		".":                         {".", nil},
		"cmd/about.go":              {"common/about.go", []string{"cmd/about.go"}},
		"cmd/twice.go":              {"common/about.go", []string{"cmd/twice.go", "cmd/about.go"}},
		"cmd/folder/a.go":           {"common/deep/a.go", []string{"cmd/folder"}},
		"cmd/up.go":                 {"common/about.go", []string{"cmd/up.go", "cmd/folder"}},
		"cmd/here/here/about.go":    {"common/about.go", []string{"cmd/here", "cmd/here", "cmd/about.go"}},
		"cmd/root/common/deep/a.go": {"common/deep/a.go", []string{"cmd/root"}},
		"cmd/root":                  {".", []string{"cmd/root"}},
	} {
		got, err := links.New(sample).Find(name)
		if err != nil || got.Path != want.path || !slices.Equal(got.Links, want.links) {
			t.Errorf("%s leads to %s through %q (%v), want %s through %q", name, got.Path, got.Links, err, want.path, want.links)
		}
	}
}

func TestRefused(t *testing.T) {
	for name, says := range map[string]string{
		"cmd/out.go":           `cmd/out.go: the symbolic link leads to "../../secret", outside of the build context`,
		"cmd/abs.go":           `cmd/abs.go: the symbolic link leads to "/etc/passwd", an absolute path`,
		"cmd/loop.go":          "circle",
		"cmd/ping":             "circle",
		"cmd/root/cmd/abs.go":  "cmd/abs.go: the symbolic link",
		"cmd/lost.go":          "cmd/lost.go: the symbolic link leads to generated/lost.go, which is not in the build context",
		"cmd/lostfolder/a/b.c": "leads to generated/a/b.c, which is not in",
		"cmd/filefolder.go":    "which is not in the build context",
	} {
		_, err := links.New(sample).Find(name)
		if len(diag.All(err)) != 1 || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %s", name, err, says)
		}
	}
	if _, err := links.New(sample).Find("cmd/nothing"); !errors.Is(err, fs.ErrNotExist) || len(diag.All(err)) > 0 {
		t.Errorf("without a link: %v", err)
	}
	if _, err := links.New(sample).Find("cmd/folder/nothing.go"); !errors.Is(err, fs.ErrNotExist) || len(diag.All(err)) > 0 {
		t.Errorf("in a folder that a link leads to: %v", err)
	}
	if _, err := links.New(sample).Find("../x"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("a path that is none: %v", err)
	}
}

// TestMissing: what links lead to is asked for, what nothing leads to only by Want.
func TestMissing(t *testing.T) {
	tree := links.New(sample)
	for _, name := range []string{"cmd/lost.go", "cmd/lostfolder/a/b.c", "cmd/nothing", "cmd/out.go", "cmd/about.go"} {
		_, _ = tree.Find(name)
	}
	tree.Want("cmd/wanted/x")
	tree.Want("common/about.go")
	if diff := cmp.Diff([]string{"cmd/wanted/x", "generated/a/b.c", "generated/lost.go"}, tree.Missing()); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"cmd/about.go", "common/about.go"}, tree.Followed()); diff != "" {
		t.Errorf("followed (-want +got):\n%s", diff)
	}
}

// TestAsSystem compares with the system: where that finds a file inside, the tree finds the same.
func TestAsSystem(t *testing.T) {
	dir := t.TempDir()
	for name, f := range sample {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if f.Mode&fs.ModeSymlink != 0 {
			err = os.Symlink(string(f.Data), path)
		} else {
			err = os.WriteFile(path, f.Data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	tree := links.New(os.DirFS(dir))
	for name := range sample {
		real, err := filepath.EvalSymlinks(filepath.Join(dir, name))
		inside := err == nil && strings.HasPrefix(real, dir)
		found, findErr := tree.Find(name)
		if inside != (findErr == nil) || inside && filepath.Join(dir, found.Path) != real {
			t.Errorf("%s: the system gives %s (%v), the tree %s (%v)", name, real, err, found.Path, findErr)
		}
	}
}

func TestFS(t *testing.T) {
	plain := fstest.MapFS{"a/b.go": file("b"), "c.go": file("c")}
	if err := fstest.TestFS(links.New(plain), "a/b.go", "c.go"); err != nil {
		t.Error(err)
	}
	tree := links.New(sample)
	if text, err := fs.ReadFile(tree, "cmd/up.go"); err != nil || string(text) != "about" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := tree.Open("cmd/out.go"); err == nil {
		t.Error("a link that leaves the tree was opened")
	}
	if entries, err := tree.ReadDir("cmd/folder"); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
	if info, err := tree.Stat("cmd/folder/a.go"); err != nil || !info.Mode().IsRegular() {
		t.Errorf("%v, %v", info, err)
	}
}

// TestOfImage: in an image absolute links count from its root, above which nothing is.
func TestOfImage(t *testing.T) {
	tree := links.OfImage(fstest.MapFS{
		"srv/v1/page.html": file("page"), "srv/current": link("/srv/v1"), "html": link("../../srv/current"), "gone": link("/srv/v2"), "circle": link("/circle"),
	})
	for name, want := range map[string]string{"srv/current": "srv/v1", "html": "srv/v1", "html/page.html": "srv/v1/page.html", "gone": "", "circle": ""} {
		place, err := tree.Find(name)
		if (err == nil) != (want != "") || err == nil && place.Path != want {
			t.Errorf("%s: %s, %v, want %q", name, place.Path, err, want)
		}
	}
}
