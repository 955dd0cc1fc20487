package vcs_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/vcs"
)

// TestModified compares made-up contexts with one commit.
func TestModified(t *testing.T) {
	w := newWorld(t)
	w.repo("m", mod)
	w.write("m/sub/a.go", "package sub\n")
	w.write("m/sub/deep/b.go", "package deep\n")
	w.write("m/sub/main.go", "other content than the main.go above\n")
	w.write("m/.gitattributes", "*.txt text\n*.bin binary\n")
	w.write("m/notes.txt", "1\n2\n")
	w.write("m/raw.bin", "1\n2\n")
	w.write("m/asset", fmt.Sprintf("version https://git-lfs.github.com/spec/v1\noid sha256:%x\nsize 5\n", sha256.Sum256([]byte("large"))))
	w.link("m/link", "main.go")
	w.commit("m", "second")
	w.git("m", "gc", "-q")
	r := w.open("m")

	file := func(content string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(content)} }
	mainGo, err := os.ReadFile(w.path("m/main.go"))
	if err != nil {
		t.Fatal(err)
	}
	many := fstest.MapFS{}
	var manyNames []string
	for i := range 27 {
		name := fmt.Sprintf("f%02d.go", i)
		many[name] = file("x")
		manyNames = append(manyNames, name)
	}
	manyNames = append(manyNames[:20:20], "and 7 more")

	for name, test := range map[string]struct {
		tree   fs.FS
		prefix string
		want   []string
	}{
		"all":                {os.DirFS(w.path("m")), "", nil},
		"root as dot":        {os.DirFS(w.path("m")), ".", nil},
		"folder":             {os.DirFS(w.path("m/sub")), "sub", nil},
		"deep folder":        {os.DirFS(w.path("m/sub/deep")), "sub/deep", nil},
		"wrong folder":       {os.DirFS(w.path("m/sub/deep")), "sub", []string{"b.go"}},
		"unknown folder":     {os.DirFS(w.path("m/sub/deep")), "other/x", []string{"b.go"}},
		"file as folder":     {os.DirFS(w.path("m/sub/deep")), "main.go", []string{"b.go"}},
		"subset":             {fstest.MapFS{"main.go": file(string(mainGo))}, "", nil},
		"same name":          {fstest.MapFS{"main.go": file(string(mainGo))}, "sub", []string{"main.go"}},
		"nothing":            {fstest.MapFS{}, "", nil},
		"empty folder":       {fstest.MapFS{"x/y": {Mode: fs.ModeDir}}, "", nil},
		"executable":         {fstest.MapFS{"main.go": {Data: mainGo, Mode: 0o755}}, "", nil},
		"git folders":        {fstest.MapFS{".git/config": file(""), "sub/.git": file("")}, "", nil},
		"file for link":      {fstest.MapFS{"link": file("main.go")}, "", []string{"link"}},
		"device":             {fstest.MapFS{"main.go": {Data: mainGo, Mode: fs.ModeDevice}}, "", []string{"main.go"}},
		"text":               {fstest.MapFS{"notes.txt": file("1\r\n2\r\n")}, "", nil},
		"mixed text":         {fstest.MapFS{"notes.txt": file("1\r\n2\n")}, "", nil},
		"text with more":     {fstest.MapFS{"notes.txt": file("1\r\n2\r\n3\r\n")}, "", []string{"notes.txt"}},
		"no text":            {fstest.MapFS{"raw.bin": file("1\r\n2\r\n")}, "", []string{"raw.bin"}},
		"unknown text":       {fstest.MapFS{"sub/a.go": file("package sub\r\n")}, "", []string{"sub/a.go"}},
		"asset":              {fstest.MapFS{"asset": file("large")}, "", nil},
		"asset that differs": {fstest.MapFS{"asset": file("larger")}, "", []string{"asset"}},
		"many":               {many, "", manyNames},
	} {
		got, err := r.Modified(test.tree, test.prefix)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestPlainLinks: a checkout without symbolic links has files with the targets in them.
func TestPlainLinks(t *testing.T) {
	w := newWorld(t)
	w.repo("m", mod)
	w.link("m/link", "main.go")
	w.commit("m", "second")
	w.git("m", "config", "core.symlinks", "false")
	for content, want := range map[string][]string{"main.go": nil, "else.go": {"link"}} {
		got, err := w.open("m").Modified(fstest.MapFS{"link": {Data: []byte(content)}}, "")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", content, diff)
		}
	}
}

// TestNeededObjects: no file's content is read from the repository, and no folder's list that the tree does not have.
func TestNeededObjects(t *testing.T) {
	w := newWorld(t)
	w.repo("m", mod)
	w.write("m/sub/a.go", "package sub\n")
	w.write("m/other/deep/b.go", "package deep\n")
	w.commit("m", "second")
	tree := os.DirFS(w.path("m"))
	for _, object := range []string{"HEAD:go.mod", "HEAD:main.go", "HEAD:sub/a.go", "HEAD:other/deep"} {
		hash := w.git("m", "rev-parse", object)
		if err := os.Remove(w.path("m/.git/objects", hash[:2], hash[2:])); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := w.open("m").Modified(tree, ""); !errors.Is(err, vcs.ErrIncomplete) {
		t.Errorf("all: %v, %v", got, err)
	}
	if err := os.RemoveAll(w.path("m/other")); err != nil {
		t.Fatal(err)
	}
	if got, err := w.open("m").Modified(tree, ""); err != nil || got != nil {
		t.Errorf("without the folder: %v, %v", got, err)
	}
}
