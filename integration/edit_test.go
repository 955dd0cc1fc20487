//go:build linux

package integration

import (
	"archive/tar"
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestEdits says what an edit costs on the machine that built before.
func TestEdits(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		dir := example(t, "web")
		chooseMain(t, dir, ".") // a second one is about to come
		first := m.build(t, build{dir: dir})

		for _, other := range []struct{ name, content string }{
			{"README.md", "# Web, for " + m.name + "\n"},
			{"main_test.go", "package main // of " + m.name + "\n"},
			{"cmd/other/main.go", "package main // of " + m.name + "\n\nfunc main() {}\n"},
		} {
			t.Run(other.name, func(t *testing.T) {
				edit(t, dir, other.name, other.content)
				r := m.build(t, build{dir: dir})
				r.reused(t, "toolchain", "modules", "analyze", "deps", "compile")
				if got, want := digestOf(t, r), digestOf(t, first); got != want {
					t.Errorf("the image is %s, want %s as before", got, want)
				}
			})
		}

		t.Run("main.go", func(t *testing.T) {
			source := string(readFile(t, filepath.Join(dir, "main.go")))
			edit(t, dir, "main.go", strings.ReplaceAll(source, "is ready", "is "+m.name+" ready"))
			r := m.build(t, build{dir: dir})
			r.reused(t, "toolchain", "modules", "analyze", "deps")
			r.executed(t, "compile")
			r.runs(t, "is "+m.name+" ready", "-check")
		})
	})
}

// TestEditOfOtherModule edits a module of the workspace that the program does not import.
func TestEditOfOtherModule(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		dir := example(t, "workspace")
		goWork := string(readFile(t, filepath.Join(dir, "go.work")))
		edit(t, dir, "go.work", strings.Replace(goWork, "./words", "./words\n\t./unused", 1))
		edit(t, dir, "unused/go.mod", "module example.com/workspace/unused\n\ngo 1.26\n")
		edit(t, dir, "unused/unused.go", "package unused\n")
		first := m.build(t, build{dir: dir})

		edit(t, dir, "unused/unused.go", "package unused\n\nimport _ \"net/http\" // for "+m.name+"\n")
		r := m.build(t, build{dir: dir})
		r.executed(t, "scan") // the edit was seen
		r.reused(t, "toolchain", "modules", "analyze", "deps", "compile")
		if got, want := digestOf(t, r), digestOf(t, first); got != want {
			t.Errorf("the image is %s, want %s as before", got, want)
		}
	})
}

// digestOf is the digest of the only image.
func digestOf(t *testing.T, r result) string {
	t.Helper()
	digest, err := r.image(t).Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}

// flipping is a module of which one file or the other is compiled. Only the files that a build needs are sent to it, so the names in
// file/ change as well. In the main package they stay, and what changes is its import.
const flipping = `
-- go.mod --
module example.com/hello

go 1.26
-- main.go --
package main

import (
	"example.com/hello/file"
	other "example.com/hello/one"
)

func main() { println(file.Name, other.Name) }
-- one/one.go --
package one

const Name = "one"
-- two/two.go --
package two

const Name = "two"
-- file/one.go --
//go:build  linux

package file

const Name = "one"
-- file/two.go --
//go:build !linux

package file

const Name = "two"
`

// flip lets the two files and the two packages change places, without a change of size.
func flip(t *testing.T, dir string) {
	t.Helper()
	places := strings.NewReplacer("build  linux", "build !linux", "build !linux", "build  linux", "hello/one", "hello/two", "hello/two", "hello/one")
	for _, name := range []string{"main.go", "file/one.go", "file/two.go"} {
		source := string(readFile(t, filepath.Join(dir, name)))
		flipped := places.Replace(source)
		if flipped == source || len(flipped) != len(source) {
			t.Fatalf("%s is %q, was %q", name, flipped, source)
		}
		edit(t, dir, name, flipped)
	}
}

// TestFlippedConstraint is golang/go#69179: cmd/go keeps what it read of a package by the names, times and sizes of its files.
func TestFlippedConstraint(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		dir := inline(t, flipping)
		setTimes(t, dir, time.Unix(1e9, 0))
		m.build(t, build{dir: dir}).runs(t, "one one")
		flip(t, dir)
		// Some other time: BuildKit's transfer of a folder skips a file whose time and size are as before.
		setTimes(t, dir, time.Unix(1e9+1, 0))
		m.build(t, build{dir: dir}).runs(t, "two two")
	})
}

// TestFlippedConstraintSameTime has equal times as well. They reach the build when the context is an archive.
func TestFlippedConstraintSameTime(t *testing.T) {
	needFull(t)
	setUp(t)
	dir := inline(t, flipping)
	files := http.NewServeMux()
	server := httptest.NewServer(files)
	defer server.Close()
	serve := func(name string) build {
		archive := archiveOf(t, dir, time.Unix(1e9, 0))
		files.HandleFunc("/"+name, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(archive) })
		return build{dir: server.URL + "/" + name}
	}
	one := serve("one.tar")
	flip(t, dir)
	two := serve("two.tar")
	syntax.build(t, one).runs(t, "one one")
	syntax.build(t, two).runs(t, "two two") // with the compile cache of the first
	syntax.build(t, one).runs(t, "one one")
	two.daemon = freshDaemon(t)
	syntax.build(t, two).runs(t, "two two") // from nothing
}

// archiveOf gives the files of a folder as a tar archive in which all have the same time.
func archiveOf(t *testing.T, dir string, at time.Time) []byte {
	t.Helper()
	setTimes(t, dir, at)
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := errors.Join(w.AddFS(os.DirFS(dir)), w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func setTimes(t *testing.T, dir string, to time.Time) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chtimes(name, to, to)
	})
	if err != nil {
		t.Fatal(err)
	}
}
