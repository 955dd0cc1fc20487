//go:build linux

package integration

import (
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

// digestOf is the digest of the only image.
func digestOf(t *testing.T, r result) string {
	t.Helper()
	digest, err := r.image(t).Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}

// TestFlippedConstraint is golang/go#69179: cmd/go keeps what it read of a package by the names, times and sizes of its files.
// The two files change places here without a change of size.
func TestFlippedConstraint(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		dir := inline(t, `
-- go.mod --
module example.com/hello

go 1.26
-- main.go --
package main

import "fmt"

func main() { fmt.Println(name, "for `+m.name+`") }
-- one.go --
//go:build  linux

package main

const name = "one"
-- two.go --
//go:build !linux

package main

const name = "two"
`)
		setTimes(t, dir, time.Unix(1e9, 0))
		m.build(t, build{dir: dir}).runs(t, "one")

		for _, name := range []string{"one.go", "two.go"} {
			source := string(readFile(t, filepath.Join(dir, name)))
			flipped := strings.NewReplacer("build  linux", "build !linux", "build !linux", "build  linux").Replace(source)
			if flipped == source || len(flipped) != len(source) {
				t.Fatalf("%s is %q, was %q", name, flipped, source)
			}
			edit(t, dir, name, flipped)
		}
		// Some other time: BuildKit transfers no file whose time and size are as before.
		setTimes(t, dir, time.Unix(1e9+1, 0))
		m.build(t, build{dir: dir}).runs(t, "two")
	})
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
