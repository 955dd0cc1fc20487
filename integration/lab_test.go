//go:build linux

package integration

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modship-build/modship/internal/engine"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// laboratory holds the built program, the tools, a registry and a daemon.
type laboratory struct {
	once sync.Once
	err  error

	dir      string // temporary, removed at the end, or by the next run
	cache    string // where tools stay from run to run
	tools    string // folder of buildkitd, buildx and registry
	modship  string // the program under test
	registry string // address of the registry, such as 127.0.0.1:5000
	frontend string // reference of the frontend image
	goProxy  string // GOPROXY of this machine

	daemon *daemon

	mu      sync.Mutex
	closers []func() error // guarded by mu
}

// setUp gives the shared laboratory, or skips the test.
func setUp(t *testing.T) *laboratory {
	t.Helper()
	if testing.Short() {
		t.Skip("integration tests build images for minutes; run without -short")
	}
	if os.Geteuid() != 0 {
		missing(t, "the rights of root, which buildkitd needs")
	}
	need(t, "runc", "runc")
	lab.once.Do(func() {
		// Longer than any one test: the daemon must outlive the test that is first to need it.
		lab.err = lab.open(context.Background())
	})
	if lab.err != nil {
		t.Fatalf("setting up: %v", lab.err)
	}
	return &lab
}

// need skips a test that needs a program which is not there.
func need(t *testing.T, program, debianPackage string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		missing(t, fmt.Sprintf("%s; install the package %s", program, debianPackage))
	}
}

// missing ends a test that lacks something.
func missing(t *testing.T, what string) {
	t.Helper()
	testbed.Missing(t, "%s", what)
}

func (l *laboratory) open(ctx context.Context) (err error) {
	own, err := testbed.NewRunDir(os.TempDir(), "modship-integration-", os.Stderr)
	if err != nil {
		return err
	}
	l.dir = own.Path
	l.atEnd(own.Remove)
	if l.cache, err = testbed.CacheDir(); err != nil {
		return err
	}
	if l.tools, err = engine.Tools(ctx, l.cache, os.Stderr, "buildkitd", "buildx", "registry"); err != nil {
		return err
	}
	if l.goProxy, err = goEnv("GOPROXY"); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{l.buildModship, l.startRegistry, l.startDaemon, l.pushFrontend} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// atEnd has something done when all tests have run, before what was to be done earlier.
func (l *laboratory) atEnd(do func() error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closers = append(l.closers, do)
}

// close stops everything in the reverse order.
func (l *laboratory) close() error {
	var errs []error
	for i := len(l.closers) - 1; i >= 0; i-- {
		errs = append(errs, l.closers[i]())
	}
	return errors.Join(errs...)
}

func goEnv(name string) (string, error) {
	out, err := exec.Command("go", "env", name).Output()
	return strings.TrimSpace(string(out)), err
}

// buildModship builds the program as the Makefile does, with Go's own default settings in it.
func (l *laboratory) buildModship(ctx context.Context) error {
	if err := copyGoEnv("../internal/goenv/data/go.env"); err != nil {
		return err
	}
	steps := exec.CommandContext(ctx, "go", "run", "./internal/stepprogram/pack")
	steps.Dir = ".."
	if out, err := steps.CombinedOutput(); err != nil {
		return fmt.Errorf("building the step program: %w\n%s", err, out)
	}
	l.modship = filepath.Join(l.dir, "bin", "modship")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", l.modship, "../cmd/modship")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building modship: %w\n%s", err, out)
	}
	return nil
}

func copyGoEnv(to string) error {
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	goroot, err := goEnv("GOROOT")
	if err != nil {
		return err
	}
	data, err := os.ReadFile(filepath.Join(goroot, "go.env"))
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}

// startDaemon starts the daemon that tests share unless they need an empty one.
func (l *laboratory) startDaemon(ctx context.Context) (err error) {
	l.daemon, err = l.newDaemon(ctx, filepath.Join(l.dir, "daemon"), l.cache)
	return err
}

// run executes a command and gives what it printed, of both streams, and its exit code.
func run(t *testing.T, cmd *exec.Cmd) (log string, code int) {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = 10 * time.Second
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return out.String(), exit.ExitCode()
	}
	if err != nil {
		t.Fatalf("running %s: %v\n%s", cmd, err, out.String())
	}
	return out.String(), 0
}
