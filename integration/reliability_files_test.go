//go:build linux

package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestOddContext has everything in a context that people and programs leave there, beside one that is embedded.
func TestOddContext(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		dir := inline(t, `
-- go.mod --
module example.com/odd

go 1.26
-- main.go --
package main

import "embed"

//go:embed assets
var assets embed.FS

func main() {
	text, err := assets.ReadFile("assets/grüße an alle.txt")
	if err != nil {
		panic(err)
	}
	println(string(text))
}
-- assets/grüße an alle.txt --
hello, odd world
`)
		oddities(t, dir)
		m.build(t, build{dir: dir}).runs(t, "hello, odd world")
	})
}

// oddities fills a folder with links in circles, files that are none, and names that few expect.
func oddities(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{
		"-rf", "new\nline.txt", "quote'\".txt", "back\\slash.txt", "star*.txt", "[x].txt", "$HOME.txt", "#.txt", "!important.txt", " .txt",
		"日本語/файл.txt", "not-utf8-\xff/x.go", "_\xfe.go", "not-utf8-\xff\xfe.txt", strings.Repeat("long", 63) + ".x", strings.Repeat("deep/", 60) + "x.txt",
	} {
		edit(t, dir, name, "odd\n")
	}
	for from, to := range map[string]string{
		"loop-a": "loop-b", "loop-b": "loop-a", "self": "self", "here": ".", "up": "../..", "root": "/", "nowhere": "/does/not/exist",
		"other/loop.go": "loop.go", "cycle/dir": "../cycle",
	} {
		link := filepath.Join(dir, from)
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
	}
	for _, pipe := range []string{"pipe", "pipe.go"} {
		if err := syscall.Mkfifo(filepath.Join(dir, pipe), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "no-rights.txt"), nil, 0); err != nil {
		t.Fatal(err)
	}
}

// TestManyFiles builds in a context of 100,000 files, of which 10,000 are Go code of 1,000 packages that the program does not use.
func TestManyFiles(t *testing.T) {
	needFull(t)
	dir := says(t, "many", "one of many")
	for i := range 1000 {
		pkg := filepath.Join(dir, fmt.Sprintf("pkg%d/sub%d", i/100, i))
		if err := os.MkdirAll(pkg, 0o755); err != nil {
			t.Fatal(err)
		}
		for j := range 100 {
			name, text := fmt.Sprintf("asset%d.txt", j), "an asset\n"
			if j < 10 {
				name, text = fmt.Sprintf("code%d.go", j), fmt.Sprintf("package sub%d\n\nfunc F%d() {}\n", i, j)
			}
			if err := os.WriteFile(filepath.Join(pkg, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	eachMode(t, func(t *testing.T, m mode) {
		for _, what := range []string{"first", "second"} {
			r := measure(t, m, build{dir: dir})
			t.Logf("%s build of 100,000 files: %s", what, r.figures)
			r.runs(t, "one of many")
		}
	})
}
