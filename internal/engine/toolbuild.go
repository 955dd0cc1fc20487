//go:build unix

package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// build builds the tools in a directory of their own and renames each to its place.
func (p pins) build(ctx context.Context, base string, names []string, r toolRequest) error {
	goCmd, err := r.lookPath("go")
	if err != nil {
		return ErrNoGo
	}
	leftovers, err := filepath.Glob(filepath.Join(base, "build-*"))
	if err != nil {
		return err
	}
	for _, dir := range leftovers {
		os.RemoveAll(dir)
	}
	work, err := os.MkdirTemp(base, "build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	err = errors.Join(
		os.WriteFile(filepath.Join(work, "go.mod"), r.from.mod, 0o644),
		os.WriteFile(filepath.Join(work, "go.sum"), r.from.sum, 0o644),
		os.Mkdir(filepath.Join(work, "out"), 0o755),
	)
	if err != nil {
		return err
	}
	progressf(r.progress, "building %s (once, about %s) …", p.describe(names), r.from.takes)
	if err := p.goBuild(ctx, goCmd, work, names, r.from); err != nil {
		return err
	}
	for _, name := range names {
		if err := os.Rename(filepath.Join(work, "out", name), filepath.Join(base, "bin", name)); err != nil {
			return err
		}
	}
	return nil
}

func (p pins) goBuild(ctx context.Context, goCmd, work string, names []string, from pinned) error {
	g, err := newGoTool(ctx, goCmd, work)
	if err != nil {
		return err
	}
	toolchain, err := p.toolchain(ctx, g, work)
	if err != nil {
		return err
	}
	g.env = append(append(g.env, "GOTOOLCHAIN="+toolchain), from.env...)
	ldflags := "-s -w"
	args := []string{"build", "-mod=readonly", "-buildvcs=false", "-trimpath", "-tags", from.tags, "-o", "out" + string(filepath.Separator)}
	var pkgs []string
	for _, name := range names {
		t := p.tools[name]
		pkgs = append(pkgs, t.pkg)
		// The variable exists in buildkit and buildx; the linker ignores it elsewhere.
		ldflags += fmt.Sprintf(" -X %s/version.Version=%s", t.module, t.version)
	}
	_, err = g.run(ctx, work, append(append(args, "-ldflags", ldflags), pkgs...)...)
	return err
}

// toolchain is "local", so that nothing is downloaded that need not be, unless the installed Go is too old for the pins.
func (p pins) toolchain(ctx context.Context, g goTool, work string) (string, error) {
	installed, err := g.run(ctx, work, "version")
	if err != nil {
		return "", err
	}
	fields := strings.Fields(installed)
	if len(fields) < 3 {
		return "", fmt.Errorf("reading the answer of go version: %q", installed)
	}
	if version.Compare(fields[2], p.goVersion) < 0 {
		return "auto", nil
	}
	return "local", nil
}

// sources are the settings of the go command that say where modules come from and where it keeps what it made. They are the user's,
// also those that only `go env -w` has written down.
var sources = []string{"GOPROXY", "GOSUMDB", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOINSECURE", "GOAUTH", "GOPATH", "GOMODCACHE", "GOCACHE"}

// compilerGOGC has compilers and linker collect their garbage seldom, which takes a sixth off their time.
const compilerGOGC = "400"

// goTool is a go command that builds what it is told to, whatever settings a user has for programs of their own.
type goTool struct {
	path string
	// env is the environment of the process, and what overrules it.
	env []string
}

// newGoTool asks the go command for the settings that it is to keep. dir is its home, too, where the machine has none.
func newGoTool(ctx context.Context, path, dir string) (goTool, error) {
	g := goTool{path: path, env: append(os.Environ(), "GOROOT=", "GOFLAGS=", "GOWORK=off", "GO111MODULE=", "GOTOOLCHAIN=local")}
	if os.Getenv("GOGC") == "" {
		g.env = append(g.env, "GOGC="+compilerGOGC)
	}
	if os.Getenv("HOME") == "" {
		g.env = append(g.env, "HOME="+dir, "GOFLAGS=-modcacherw") // or dir could not be removed
	}
	answer, err := g.run(ctx, dir, append([]string{"env", "-json"}, sources...)...)
	if err != nil {
		return goTool{}, err
	}
	var settings map[string]string
	if err := json.Unmarshal([]byte(answer), &settings); err != nil {
		return goTool{}, fmt.Errorf("reading the answer of go env: %w", err)
	}
	for _, name := range sources {
		if settings[name] != "" {
			g.env = append(g.env, name+"="+settings[name])
		}
	}
	// An empty value is that of `go env -w`, unless there is no such file.
	g.env = append(g.env, "GOENV=off", "GOEXPERIMENT=", "GOFIPS140=", "CGO_ENABLED=0", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	for _, level := range []string{"GOAMD64", "GOARM64", "GOARM", "GO386", "GOMIPS", "GOMIPS64", "GOPPC64", "GORISCV64"} {
		g.env = append(g.env, level+"=")
	}
	return g, nil
}

func (g goTool) run(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, g.path, args...)
	cmd.Dir, cmd.Env = dir, append(g.env, "PWD="+dir)
	// go passes an interrupt on to the compilers; killed, it would leave them running.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		return "", fmt.Errorf("running go %s: %w\n%s", args[0], err, lastLines(stderr.String(), 20))
	}
	return stdout.String(), nil
}

// lastLines returns at most n lines from the end of text, because that is where programs say why they stop.
func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
