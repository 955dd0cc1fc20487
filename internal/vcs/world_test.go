package vcs_test

import (
	"bytes"
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modship-build/modship/internal/vcs"
)

// world is a temporary folder with git repositories in it. The first one is its folder "m".
type world struct {
	t    testing.TB
	root string
	env  []string
	now  time.Time
}

func newWorld(t testing.TB) *world {
	t.Helper()
	root := t.TempDir()
	w := &world{t: t, root: root, now: time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)}
	w.env = append(os.Environ(),
		"HOME="+root, "XDG_CONFIG_HOME="+root, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=C", "GIT_COMMITTER_EMAIL=c@example.com",
		"GIT_AUTHOR_DATE=2001-01-01T00:00:00Z", "GIT_ALLOW_PROTOCOL=file")
	return w
}

func (w *world) path(elem ...string) string {
	return filepath.Join(append([]string{w.root}, elem...)...)
}

// git runs git in the folder dir of the world, one minute after the last time.
func (w *world) git(dir string, args ...string) string {
	w.t.Helper()
	w.now = w.now.Add(time.Minute)
	cmd := exec.Command("git", args...)
	cmd.Dir = w.path(dir)
	zone := time.FixedZone("", 5*3600+1800)
	cmd.Env = append(w.env, "GIT_COMMITTER_DATE="+w.now.In(zone).Format(time.RFC3339))
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func (w *world) write(name, content string) {
	w.t.Helper()
	if err := os.MkdirAll(filepath.Dir(w.path(name)), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(w.path(name), []byte(content), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// module writes a main module into the folder dir.
func (w *world) module(dir, modPath string) {
	w.t.Helper()
	w.write(dir+"/go.mod", "module "+modPath+"\n\ngo 1.24\n")
	w.write(dir+"/main.go", "package main\n\nfunc main() {}\n")
}

// repo makes the repository dir with one commit that holds the module modPath at its root.
func (w *world) repo(dir, modPath string, initArgs ...string) {
	w.t.Helper()
	w.git(".", append([]string{"init", "-q", "-b", "main", dir}, initArgs...)...)
	w.module(dir, modPath)
	w.commit(dir, "first")
}

func (w *world) commit(dir, message string) {
	w.t.Helper()
	w.git(dir, "add", "-A")
	w.git(dir, "commit", "-q", "--allow-empty", "-m", message)
}

func (w *world) open(dir string) *vcs.Repository {
	w.t.Helper()
	r, err := vcs.Open(w.path(dir))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { r.Close() })
	return r
}

func (w *world) facts(dir string, m vcs.Module) vcs.Facts {
	w.t.Helper()
	f, err := w.open(dir).Facts(m)
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

var goCache = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "env", "GOCACHE").Output()
	return strings.TrimSpace(string(out)), err
})

// stamped builds the main package in dir and returns what the go command stamps into it.
func (w *world) stamped(dir string) vcs.Facts {
	w.t.Helper()
	cache, err := goCache()
	if err != nil {
		w.t.Fatal(err)
	}
	bin := w.path("bin.exe")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-w", "-o", bin, ".")
	cmd.Dir = w.path(dir)
	cmd.Env = append(w.env, "GOFLAGS=-buildvcs=true", "GOCACHE="+cache, "GOPROXY=off", "GOWORK=off", "GOENV=off", "GOTOOLCHAIN=local", "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		w.t.Fatalf("go build: %v\n%s", err, &stderr)
	}
	info, err := buildinfo.ReadFile(bin)
	if err != nil {
		w.t.Fatal(err)
	}
	f := vcs.Facts{Version: strings.TrimSuffix(info.Main.Version, "(devel)")}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			f.Revision = s.Value
		case "vcs.time":
			f.Time, err = time.Parse(time.RFC3339, s.Value)
		case "vcs.modified":
			f.Modified = s.Value == "true"
		}
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

func (w *world) rename(from, to string) {
	w.t.Helper()
	if err := os.MkdirAll(filepath.Dir(w.path(to)), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Rename(w.path(from), w.path(to)); err != nil {
		w.t.Fatal(err)
	}
}
