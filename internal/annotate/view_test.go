package annotate

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/plan"
)

// tree has what patterns can meet: a folder below an excluded one, hidden names, a link, a git folder.
var tree = map[string]string{
	".dockerignore":   "",
	".git/HEAD":       "ref: refs/heads/main\n",
	"a.go":            "package a",
	"b/.hidden":       "",
	"b/b.go":          "package b",
	"b/c/c.go":        "package c",
	"b/c/d/d.txt":     "",
	"go.mod":          "module example.com/m",
	"vendor/v/v.go":   "package v",
	"web/[x].html":    "",
	"web/index.html":  "",
	"web/static/1.js": "",
}

// newFolder writes the tree and a link into a new folder.
func newFolder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range tree {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("index.html", filepath.Join(dir, "web", "link.html")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// list gives the files of fsys, without folders.
func list(t testing.TB, fsys fs.FS) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// seen opens the folder as a build sees it.
func seen(t testing.TB, dir string, ignore []byte) *buildContext {
	t.Helper()
	context, err := openContext(os.DirFS(dir), dir, ignore)
	if err != nil {
		t.Fatal(err)
	}
	return context
}

func TestIgnorePatterns(t *testing.T) {
	all := append(slices.Collect(maps.Keys(tree)), "web/link.html")
	without := func(prefixes ...string) []string {
		kept := slices.DeleteFunc(slices.Clone(all), func(name string) bool {
			return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
		})
		return slices.Sorted(slices.Values(kept))
	}
	for ignore, want := range map[string][]string{
		"# nothing\n":        without(),
		"b":                  without(".git/", "b/"),
		"/web/static/":       without(".git/", "web/static"),
		"b\n!b/c":            without(".git/", "b/.hidden", "b/b.go"),
		"b/c\n!b":            without(".git/", "b/c/"), // BuildKit does not look for an exception in what none names
		"*\n!*.go\n!go.mod":  {"a.go", "go.mod"},
		"**/*.go\n!a.go":     without(".git/", "b/b.go", "b/c/c.go", "vendor/"),
		"web/\\[x\\].html":   without(".git/", "web/[x]"),
		"web/*\n!web/static": without(".git/", "web/[x]", "web/index", "web/link"),
		"*":                  nil,
	} {
		got := list(t, seen(t, newFolder(t), []byte(ignore)))
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", ignore, diff)
		}
	}
}

func TestSources(t *testing.T) {
	goMod := plan.Source{Files: []string{"go.mod", "go.sum"}}
	for _, tc := range []struct {
		name   string
		ignore string
		plan   plan.Draft
		want   []string
	}{
		{"module files that are there", "", plan.Draft{Source: goMod, Images: []plan.Image{{}}}, []string{"go.mod"}},
		{"files of all images", "", plan.Draft{Images: []plan.Image{{Files: []string{"a.go"}}, {Files: []string{"a.go", "b/c/c.go"}}}},
			[]string{"a.go", "b/c/c.go"}},
		{"embedded folder", "", plan.Draft{Images: []plan.Image{{Files: []string{"a.go"}, Embeds: []string{"web/st*"}}}},
			[]string{"a.go", "web/static/1.js"}},
		{"embedded name with brackets", "", plan.Draft{Images: []plan.Image{{Embeds: []string{`web/\[x].html`}}}}, []string{"web/[x].html"}},
		{"copied folder", "", plan.Draft{Runtime: plan.Runtime{Files: []config.Copy{{From: "web/", To: "/"}}}},
			[]string{"web/[x].html", "web/index.html", "web/link.html", "web/static/1.js"}},
		{"everything copied", "vendor\nb", plan.Draft{Runtime: plan.Runtime{Files: []config.Copy{{From: ".", To: "/"}}}},
			[]string{".dockerignore", "a.go", "go.mod", "web/[x].html", "web/index.html", "web/link.html", "web/static/1.js"}},
		{"vendored", "", plan.Draft{Source: plan.Source{Files: []string{"go.mod"}, Table: gomod.Table{Vendor: true}}, Images: []plan.Image{{}}}, []string{"go.mod", "vendor/v/v.go"}},
		{"ignored", "web/static", plan.Draft{Images: []plan.Image{{Embeds: []string{"web"}}}},
			[]string{"web/[x].html", "web/index.html", "web/link.html"}},
		{"nothing", "", plan.Draft{}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			used, err := seen(t, newFolder(t), []byte(tc.ignore)).sources(tc.plan.Shipped())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, list(t, used)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestSourcesHideOtherFolders: a folder without a file of the build is not compared with the commit, which may have a submodule
// in its place.
func TestSourcesHideOtherFolders(t *testing.T) {
	used, err := seen(t, newFolder(t), []byte{}).sources([]plan.Part{{Files: []string{"b/c/c.go"}}})
	if err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string][]string{".": {"b"}, "b": {"c"}, "b/c": {"c.go"}} {
		entries, err := fs.ReadDir(used, dir)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("%s (-want +got):\n%s", dir, diff)
		}
	}
	for _, hidden := range []string{"web", "a.go", "b/b.go"} {
		if _, err := used.Open(hidden); !os.IsNotExist(err) {
			t.Errorf("opening %s: %v", hidden, err)
		}
	}
	if _, err := fs.ReadLink(used, "web/link.html"); !os.IsNotExist(err) {
		t.Errorf("reading a hidden link: %v", err)
	}
}

// TestViewIsAFileSystem: the standard library's test of file systems finds nothing wrong.
func TestViewIsAFileSystem(t *testing.T) {
	dir := newFolder(t)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	context, err := openContext(root.FS(), dir, []byte("b\n!b/c/d\nvendor\n"))
	if err != nil {
		t.Fatal(err)
	}
	expected := maps.Clone(tree)
	for _, name := range []string{"b/.hidden", "b/b.go", "b/c/c.go", "vendor/v/v.go", ".git/HEAD"} {
		delete(expected, name)
	}
	if err := fstest.TestFS(context.FS, slices.Sorted(maps.Keys(expected))...); err != nil {
		t.Error(err)
	}
	if target, err := fs.ReadLink(context.FS, "web/link.html"); target != "index.html" || err != nil {
		t.Errorf("the link is %q, error %v", target, err)
	}
}

func TestIgnoreFile(t *testing.T) {
	dir := newFolder(t)
	if err := os.WriteFile(filepath.Join(dir, ignoreFile), []byte("*\n!a.go\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		own  []byte
		want int
	}{
		{"that of the folder", nil, 1},
		{"the configuration's own goes before", []byte("a.go"), len(tree) - 1}, // with the link, without a.go and the git folder
		{"also an empty one", []byte{}, len(tree) + 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := list(t, seen(t, dir, tc.own)); len(got) != tc.want {
				t.Errorf("%d files, want %d: %q", len(got), tc.want, got)
			}
		})
	}
}
