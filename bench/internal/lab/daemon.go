//go:build linux

package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/modship-build/modship/internal/engine"
)

// Builder is what buildx calls the daemon of a peer.
const Builder = "bench"

// Daemon is a peer's own buildkitd, and the configuration of a buildx that knows it.
type Daemon struct {
	// Root is the directory of its state.
	Root string

	lab     *Lab
	buildx  string
	process *engine.Daemon
}

// NewDaemon prepares a daemon with its state below dir; Reset starts it.
func (l *Lab) NewDaemon(dir string) *Daemon {
	d := &Daemon{Root: filepath.Join(dir, "buildkit"), buildx: filepath.Join(dir, "buildx"), lab: l}
	return d
}

// Addr is where the daemon listens.
func (d *Daemon) Addr() string { return d.process.Addr }

// Env is the environment in which buildx knows the daemon.
func (d *Daemon) Env() []string { return append(d.lab.Env(), "BUILDX_CONFIG="+d.buildx) }

// Reset starts the daemon with an empty state.
func (d *Daemon) Reset(ctx context.Context) error {
	if err := d.Stop(); err != nil {
		return err
	}
	// It collects no garbage, finds docker.io in the registry, and has no proxy on the way to it.
	config := fmt.Sprintf("[worker.oci]\n  gc = false\n[registry.\"docker.io\"]\n  mirrors = [%q]\n[registry.%q]\n  http = true\n",
		d.lab.Registry, d.lab.Registry)
	p, err := engine.Start(ctx, engine.StartOptions{
		Root: d.Root, CacheDir: d.lab.options.CacheDir, Config: []byte(config), Progress: d.lab.options.Progress, Env: d.lab.Env(),
	})
	if err != nil {
		return err
	}
	d.process = p
	create := exec.CommandContext(ctx, filepath.Join(d.lab.Tools, "buildx"), "create", "--name", Builder, "--driver", "remote", p.Addr)
	create.Env = d.Env()
	if out, err := create.CombinedOutput(); err != nil {
		return fmt.Errorf("telling buildx of the daemon: %w\n%s", err, out)
	}
	return nil
}

// Stop ends the daemon and removes its state.
func (d *Daemon) Stop() error {
	var err error
	if d.process != nil {
		err = d.process.Stop()
		d.process = nil
	}
	return errors.Join(err, os.RemoveAll(d.Root), os.RemoveAll(d.buildx))
}
