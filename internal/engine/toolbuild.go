//go:build unix

package engine

import (
	"bytes"
	"context"
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
		os.WriteFile(filepath.Join(work, "go.mod"), toolsMod, 0o644),
		os.WriteFile(filepath.Join(work, "go.sum"), toolsSum, 0o644),
		os.Mkdir(filepath.Join(work, "out"), 0o755),
	)
	if err != nil {
		return err
	}
	progressf(r.progress, "building %s (once, about 3 minutes) …", p.describe(names))
	if err := p.goBuild(ctx, goCmd, work, names); err != nil {
		return err
	}
	for _, name := range names {
		if err := os.Rename(filepath.Join(work, "out", name), filepath.Join(base, "bin", name)); err != nil {
			return err
		}
	}
	return nil
}

func (p pins) goBuild(ctx context.Context, goCmd, work string, names []string) error {
	toolchain, err := p.toolchain(ctx, goCmd, work)
	if err != nil {
		return err
	}
	ldflags := "-s -w"
	args := []string{"build", "-mod=readonly", "-buildvcs=false", "-trimpath", "-o", "out" + string(filepath.Separator)}
	var pkgs []string
	for _, name := range names {
		t := p.tools[name]
		pkgs = append(pkgs, t.pkg)
		// The variable exists in buildkit and buildx; the linker ignores it elsewhere.
		ldflags += fmt.Sprintf(" -X %s/version.Version=%s", t.module, t.version)
	}
	_, err = runGo(ctx, goCmd, work, toolchain, append(append(args, "-ldflags", ldflags), pkgs...)...)
	return err
}

// toolchain is "local", so that nothing is downloaded that need not be, unless the installed Go is too old for the pins.
func (p pins) toolchain(ctx context.Context, goCmd, work string) (string, error) {
	installed, err := runGo(ctx, goCmd, work, "local", "version")
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

func runGo(ctx context.Context, goCmd, dir, toolchain string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, goCmd, args...)
	cmd.Dir = dir
	// Proxy settings and the like stay the user's; what would change the programs does not.
	cmd.Env = append(cmd.Environ(), "GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN="+toolchain, "CGO_ENABLED=0",
		"GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
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
