//go:build unix

package engine

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The embedded files are copies; `go generate` refreshes them.
func TestPinsAreThoseOfTheToolsModule(t *testing.T) {
	for _, f := range []struct {
		path string
		copy []byte
	}{{"../../tools/go.mod", toolsMod}, {"../../tools/go.sum", toolsSum}} {
		want, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, f.copy) {
			t.Errorf("the embedded copy of %s is stale; run go generate ./internal/engine", f.path)
		}
	}
}

// The client library and the daemon are one release.
func TestDaemonHasTheVersionOfTheLibrary(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	p, err := readPins(toolsMod)
	if err != nil {
		t.Fatal(err)
	}
	line := "github.com/moby/buildkit " + p.tools["buildkitd"].version + "\n"
	if !strings.Contains(string(mod), line) {
		t.Errorf("go.mod does not require %s", line)
	}
}

func TestReadPins(t *testing.T) {
	got, err := readPins([]byte(`module m
go 1.26.8
tool (
	example.com/a/cmd/one
	example.com/a/v2/cmd/two
)
require (
	example.com/a v1.0.0
	example.com/a/v2 v2.3.0
	example.com/a/v2/cmdx v0.9.0
)
`))
	if err != nil {
		t.Fatal(err)
	}
	want := pins{goVersion: "go1.26.8", tools: map[string]pin{
		"one": {"example.com/a/cmd/one", "example.com/a", "v1.0.0"},
		"two": {"example.com/a/v2/cmd/two", "example.com/a/v2", "v2.3.0"},
	}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(pins{}, pin{})); diff != "" {
		t.Error(diff)
	}
	if _, err := readPins([]byte("no such verb")); err == nil {
		t.Error("a broken file was read")
	}
}

func TestToolsAreBuiltOnce(t *testing.T) {
	names := []string{"buildkitd", "buildctl"}
	dir, err := Tools(t.Context(), testCache(t), testLog{t}, names...)
	if err != nil {
		t.Fatal(err)
	}
	p, err := readPins(toolsMod)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		out, err := exec.Command(filepath.Join(dir, name), "--version").CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		if !strings.Contains(string(out), p.tools[name].version) {
			t.Errorf("%s --version says %q, pinned is %s", name, out, p.tools[name].version)
		}
	}
	// Without a go command, a second call can only succeed if it builds nothing.
	var again bytes.Buffer
	got, err := findTools(t.Context(), toolRequest{daemonTools(), testCache(t), &again, names, noPath, false})
	if err != nil || got != dir || again.Len() > 0 {
		t.Errorf("second call: %q, %v, progress %q; want %q without progress", got, err, again.String(), dir)
	}
}

func noPath(name string) (string, error) {
	return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
}

func TestToolsWithoutGo(t *testing.T) {
	_, err := findTools(t.Context(), toolRequest{daemonTools(), t.TempDir(), nil, []string{"crane"}, noPath, false})
	if !errors.Is(err, ErrNoGo) {
		t.Fatalf("got %v", err)
	}
	for _, way := range []string{"building crane", "BUILDKIT_HOST", "start Docker", "install Go"} {
		if !strings.Contains(err.Error(), way) {
			t.Errorf("%q does not mention %q", err, way)
		}
	}
}

func TestToolsRefusesUnknownNames(t *testing.T) {
	if _, err := Tools(t.Context(), t.TempDir(), nil, "buildkitd", "dockerd"); err == nil || !strings.Contains(err.Error(), "dockerd") {
		t.Errorf("got %v", err)
	}
}

// fakeGo is a go command that answers `go version` with v, writes its toolchain setting into a file and then does rest.
func fakeGo(t *testing.T, v, rest string) (lookPath func(string) (string, error), record string) {
	dir := t.TempDir()
	record = filepath.Join(dir, "toolchain")
	real, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\ncase $1 in version) echo go version " + v + " x/y; exit;; env) exec " + real + " \"$@\";; esac\n" +
		"echo $GOTOOLCHAIN $GOWORK $CGO_ENABLED [$GOFLAGS] >" + record + "\n" + rest + "\n"
	path := filepath.Join(dir, "go")
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return func(string) (string, error) { return path, nil }, record
}

func TestToolsToolchain(t *testing.T) {
	for v, want := range map[string]string{
		runtime.Version(): "local off 0 []\n",
		"go1.99.1":        "local off 0 []\n",
		"go1.21.0":        "auto off 0 []\n",
	} {
		lookPath, record := fakeGo(t, v, "touch out/crane")
		dir, err := findTools(t.Context(), toolRequest{daemonTools(), t.TempDir(), nil, []string{"crane"}, lookPath, false})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(record); string(got) != want {
			t.Errorf("with %s: %q %v, want %q", v, got, err, want)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), "build-*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// TestToolsKeepSources: of what a user has told the go command, also by `go env -w`, the sources of modules count, and nothing that
// changes or prevents programs.
func TestToolsKeepSources(t *testing.T) {
	user := filepath.Join(t.TempDir(), "env")
	settings := "GOPROXY=https://corp.example\nGOPRIVATE=corp.example\nGOFLAGS=-tags=mine\nGOAMD64=v4\nGOEXPERIMENT=nogreenteagc\nGOTOOLCHAIN=go1.21.0\n"
	if err := os.WriteFile(user, []byte(settings), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"GOENV": user, "GOPROXY": "", "GOPRIVATE": "own.example", "GOROOT": "/nonexistent", "GO111MODULE": "off", "GOOS": "plan9", "GOGC": ""} {
		t.Setenv(name, value)
	}
	lookPath, _ := fakeGo(t, runtime.Version(), "env >out/crane")
	dir, err := findTools(t.Context(), toolRequest{daemonTools(), t.TempDir(), nil, []string{"crane"}, lookPath, false})
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "crane"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		got[name] = value
	}
	for name, want := range map[string]string{"GOPROXY": "https://corp.example", "GOPRIVATE": "own.example", "GOENV": "off", "GOFLAGS": "",
		"GOAMD64": "", "GOEXPERIMENT": "", "GOTOOLCHAIN": "local", "GOROOT": "", "GO111MODULE": "", "GOOS": runtime.GOOS, "GOGC": compilerGOGC} {
		if got[name] != want {
			t.Errorf("%s=%s, want %s", name, got[name], want)
		}
	}
}

// TestToolsWithoutHome has the real go command, which then has no place for what it makes.
func TestToolsWithoutHome(t *testing.T) {
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "GOPATH", "GOCACHE", "GOMODCACHE"} {
		t.Setenv(name, "")
	}
	dir := t.TempDir()
	g, err := newGoTool(t.Context(), must(exec.LookPath("go")), dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := must(g.run(t.Context(), dir, "env", "GOCACHE", "GOMODCACHE")); strings.Count(got, dir+"/") != 2 {
		t.Errorf("GOCACHE and GOMODCACHE are %q", got)
	}
}

func must(s string, err error) string {
	if err != nil {
		panic(err)
	}
	return s
}

func TestToolsFailureShowsTheCompiler(t *testing.T) {
	lookPath, _ := fakeGo(t, runtime.Version(), "echo pkg/x.go:1: no such thing >&2; exit 1")
	_, err := findTools(t.Context(), toolRequest{daemonTools(), t.TempDir(), nil, []string{"crane"}, lookPath, false})
	if err == nil || !strings.Contains(err.Error(), "pkg/x.go:1: no such thing") {
		t.Errorf("got %v", err)
	}
}

func TestToolsCanBeInterrupted(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	lookPath, _ := fakeGo(t, runtime.Version(), "exec sleep 60")
	_, err := findTools(ctx, toolRequest{daemonTools(), t.TempDir(), nil, []string{"crane"}, lookPath, false})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := openLock(t.Context(), path, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	waited := 0
	if _, err := openLock(ctx, path, false, func() { waited++ }); !errors.Is(err, context.DeadlineExceeded) || waited != 1 {
		t.Errorf("a held lock: %v, %d notices", err, waited)
	}
	first.Close()
	for range 2 {
		f, err := openLock(t.Context(), path, false, nil)
		if err != nil {
			t.Fatalf("a shared lock: %v", err)
		}
		defer f.Close()
	}
}

// TestRemovedLock: who waits for a lock whose file is removed gets that of the file that has the name then.
func TestRemovedLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "lock")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	first, err := openLock(t.Context(), path, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := openLock(t.Context(), path, true, func() {
		if err := os.RemoveAll(filepath.Dir(path)); err != nil {
			t.Error(err)
		}
		first.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := openLock(ctx, path, true, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("two have the lock: %v", err)
	}
}
