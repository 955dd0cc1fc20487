package annotate

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestReadLaid: what a folder lays over the module is looked at, and makes no commit dirty; of what is no folder, a warning says so, also where
// something is then missing.
func TestReadLaid(t *testing.T) {
	const module = "\n-- go.mod --\nmodule github.com/example/app\n\ngo 1.26\n-- main.go --\npackage main\n\nimport _ \"github.com/example/app/gen/words\"\n\nfunc main() {}\n"
	dir := writeModule(t, module)
	gen := writeModule(t, "\n-- out/words/words.go --\npackage words\n")
	req := request(dir, "source: [{from: generated, path: out, to: gen}]\n", "linux/amd64")
	found, err := Read(req)
	const want = "source lays generated into gen, and that is not looked at: give it as a folder, --build-context generated=DIR"
	if err == nil || !strings.Contains(err.Error(), "main.go:3:8: package github.com/example/app/gen/words is not in module") || !slices.Contains(found.Warnings, want) {
		t.Errorf("got %v, %v", found, err)
	}
	req.Contexts = map[string]string{"generated": gen}
	if found, err = Read(req); err != nil || slices.Contains(found.Warnings, want) {
		t.Errorf("got %v, %v", found, err)
	}
	req.Contexts["generated"] = filepath.Join(gen, "nowhere")
	if _, err = Read(req); err == nil || !strings.Contains(err.Error(), "modship.yaml:2:17: generated is not usable: ") {
		t.Errorf("got %v", err)
	}
}

// TestLaid: both file systems are there as one.
func TestLaid(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	base := fstest.MapFS{"main.go": file("own"), "web/own.css": file("own"), "web/dist/own.js": file("own")}
	other := fstest.MapFS{"page.html": file("laid"), "deep/a.js": file("laid")}
	if err := fstest.TestFS(laid{base, "web/dist", other}, "main.go", "web/own.css", "web/dist/own.js", "web/dist/page.html", "web/dist/deep/a.js"); err != nil {
		t.Error(err)
	}
	if err := fstest.TestFS(laid{base, "new/folder", other}, "main.go", "web/dist/own.js", "new/folder/page.html", "new/folder/deep/a.js"); err != nil {
		t.Error(err)
	}
	dir := t.TempDir()
	if err := os.Symlink("page.html", filepath.Join(dir, "index.html")); err != nil {
		t.Fatal(err)
	}
	if text, err := fs.ReadLink(laid{base, "web", os.DirFS(dir)}, "web/index.html"); err != nil || text != "page.html" {
		t.Errorf("the link is %q, %v", text, err)
	}
}
