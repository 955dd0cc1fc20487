//go:build linux

package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestNeverRuns fills a checkout with everything that tools run by themselves: generators, tests, hooks and helpers of git, files
// that go, cgo and make look for. The program behind all of them ends whoever starts it, so that a build of which any step
// ran it would fail, and leaves a mark.
func TestNeverRuns(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		dir := inline(t, `
-- go.mod --
module example.com/hello

go 1.26

tool example.com/hello/trap
-- main.go --
package main

//go:generate ./trap.sh
//go:generate go run ./trap

func main() { println("nothing was run") }
-- main_test.go --
package main

import "testing"

func TestMain(*testing.M) { panic("a test was run") }
-- init_test.go --
package main

func init() { panic("a test was run") }
-- trap/main.go --
package main

func main() { panic("a tool was run") }
-- Makefile --
all: ; ./trap.sh
-- go.env --
GOFLAGS=-toolexec=./trap.sh
CC=./trap.sh
-- .gitattributes --
*.go diff=trap filter=trap
`)
		trap := filepath.Join(dir, "trap.sh")
		mark := filepath.Join(t.TempDir(), "mark")
		edit(t, dir, "trap.sh", "#!/bin/sh\necho ran >> "+mark+"\nkill -9 $PPID\n")
		names := []string{"gcc", "git", "go", "pkg-config", "post-checkout"}
		for _, name := range names {
			copyFile(t, trap, filepath.Join(dir, name))
		}
		configure(t, dir, "main: .\n")
		initCheckout(t, dir)
		for _, setting := range []string{"core.fsmonitor", "core.pager", "core.sshCommand", "filter.trap.clean", "filter.trap.smudge", "diff.trap.textconv", "credential.helper"} {
			git(t, dir, "config", setting, trap)
		}
		copyFile(t, trap, filepath.Join(dir, ".git/hooks/post-checkout"))
		if err := os.Chmod(trap, 0o755); err != nil {
			t.Fatal(err)
		}

		r := m.build(t, build{dir: dir})
		r.runs(t, "nothing was run")
		if _, err := os.Stat(mark); err == nil {
			t.Error("a program of the checkout was run")
		}
		if strings.Contains(r.log, "was run\"") {
			t.Errorf("something was run:\n%s", r.log)
		}
		springs(t, dir, mark)
	})
}

// springs shows that the trap works: go generate runs it, which it ends, and it leaves its mark.
func springs(t *testing.T, dir, mark string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "generate", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOENV=off")
	if log, code := run(t, cmd); code == 0 {
		t.Errorf("go generate came through: %s", log)
	}
	if _, err := os.Stat(mark); err != nil {
		t.Error("the trap leaves no mark: the test proves nothing")
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, readFile(t, from), 0o755); err != nil {
		t.Fatal(err)
	}
}
