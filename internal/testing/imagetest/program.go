package imagetest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/modship-build/modship/internal/target"
)

// What the program of [NewProgram] says of itself.
const (
	Module  = "github.com/example/app"
	Version = "v1.2.3"
	Source  = "https://github.com/example/app"
)

// Program is a Go program that was built out of a commit.
type Program struct {
	Content  []byte
	Revision string
}

// built are programs by their platforms: one is built once in a test program.
var built sync.Map

// NewProgram builds a program for a platform with the commit's hash and version in it.
func NewProgram(tb testing.TB, platform string) Program {
	tb.Helper()
	p, ok := built.Load(platform)
	if !ok {
		p, _ = built.LoadOrStore(platform, build(tb, platform))
	}
	return p.(Program)
}

func build(tb testing.TB, platform string) Program {
	tb.Helper()
	t, err := target.Parse(platform)
	if err != nil {
		tb.Fatal(err)
	}
	dir := tb.TempDir()
	for name, text := range map[string]string{
		"go.mod":  "module " + Module + "\n\ngo 1.24\n",
		"main.go": "package main\n\nfunc main() {}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	git := []string{"git", "-c", "user.name=n", "-c", "user.email=n@example.com", "-c", "commit.gpgsign=false"}
	run(tb, dir, nil, append(git, "init", "-q")...)
	run(tb, dir, nil, append(git, "add", ".")...)
	run(tb, dir, nil, append(git, "commit", "-q", "-m", "first")...)
	run(tb, dir, nil, append(git, "tag", Version)...)
	file := filepath.Join(tb.TempDir(), "app")
	run(tb, dir, append(t.Env(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off"), "go", "build", "-buildvcs=true", "-ldflags=-s -w", "-o", file, ".")
	content, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return Program{content, strings.TrimSpace(run(tb, dir, nil, "git", "rev-parse", "HEAD"))}
}

func run(tb testing.TB, dir string, env []string, args ...string) string {
	tb.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), append(env, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_DATE=2026-01-02T03:04:05Z", "GIT_COMMITTER_DATE=2026-01-02T03:04:05Z", fmt.Sprintf("PWD=%s", dir))...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		tb.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}
