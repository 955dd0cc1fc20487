//go:build linux

package integration

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/engine"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// daemon is a buildkitd, and the configuration of a buildx that knows it.
type daemon struct {
	*engine.Daemon
	options engine.StartOptions
	root    string
	// env is the environment in which buildx and docker use the daemon and nothing of this machine's user.
	env []string
}

// newDaemon starts a buildkitd whose state is below dir, and whose program is in a cache of tools. The settings are lines for the
// beginning of its buildkitd.toml.
func (l *laboratory) newDaemon(ctx context.Context, dir, cache string, settings ...string) (*daemon, error) {
	options := engine.StartOptions{
		Root:     filepath.Join(dir, "root"),
		CacheDir: cache,
		Config:   append([]byte(strings.Join(append(settings, ""), "\n")), testbed.BuildkitConfig(l.registry)...),
		Progress: os.Stderr,
	}
	process, err := engine.Start(ctx, options)
	if err != nil {
		return nil, err
	}
	l.atEnd(func() error { return errors.Join(process.Stop(), os.RemoveAll(dir)) })
	d := &daemon{Daemon: process, options: options, root: options.Root}
	d.env = append(os.Environ(), "BUILDX_CONFIG="+filepath.Join(dir, "buildx"), "DOCKER_CONFIG="+filepath.Join(dir, "docker"),
		"BUILDX_BUILDER=", "BUILDKIT_HOST=", "DOCKER_HOST=")
	if err := testbed.AddBuilder(ctx, filepath.Join(l.tools, "buildx"), builderName, d.Addr, d.env); err != nil {
		return nil, err
	}
	return d, nil
}

// builderName is what buildx calls the daemon.
const builderName = "modship-test"

// freshDaemon starts a daemon without any cache.
func freshDaemon(t *testing.T) *daemon {
	t.Helper()
	return emptyDaemon(t, setUp(t).cache)
}

func emptyDaemon(t *testing.T, cache string, settings ...string) *daemon {
	t.Helper()
	dir, err := os.MkdirTemp(lab.dir, "daemon-") // which the next run removes if this one is killed
	if err != nil {
		t.Fatal(err)
	}
	d, err := lab.newDaemon(t.Context(), dir, cache, settings...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(d.Stop(), os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	})
	return d
}

// processes lists the PIDs of the daemon and of all that it started, the daemon first.
func (d *daemon) processes(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	children, parent := map[string][]string{}, map[string]string{}
	var found []string
	for _, file := range files {
		pid := filepath.Base(filepath.Dir(file))
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		// The name of the program is in brackets and may hold anything; the parent is the second field after it.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		children[fields[1]], parent[pid] = append(children[fields[1]], pid), fields[1]
		cmdline, _ := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
		if bytes.Contains(cmdline, []byte("--root\x00"+d.root)) {
			found = append(found, pid)
		}
	}
	// A child of the daemon looks like it until it has become the program that it was made for.
	alike := slices.Clone(found)
	found = slices.DeleteFunc(found, func(pid string) bool { return slices.Contains(alike, parent[pid]) })
	if len(found) != 1 {
		t.Fatalf("want one buildkitd of %s, found %q", d.root, found)
	}
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i]]...)
	}
	return found
}

// useOneCPU keeps the daemon and its build steps on the first processor.
func (d *daemon) useOneCPU(t *testing.T) {
	t.Helper()
	for _, pid := range d.processes(t) {
		if out, code := run(t, exec.CommandContext(t.Context(), "taskset", "-a", "-p", "-c", "0", pid)); code != 0 {
			t.Fatalf("restricting process %s: %s", pid, out)
		}
	}
}
