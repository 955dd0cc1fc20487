//go:build linux

package lab

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/modship-build/modship/internal/engine"
	"github.com/modship-build/modship/internal/testing/testbed"
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

// Addr is where the daemon listens, and empty while it does not run.
func (d *Daemon) Addr() string {
	if d.process == nil {
		return ""
	}
	return d.process.Addr
}

// Env is the environment in which buildx knows the daemon.
func (d *Daemon) Env() []string { return append(d.lab.Env(), "BUILDX_CONFIG="+d.buildx) }

// Reset starts the daemon with an empty state.
func (d *Daemon) Reset(ctx context.Context) error {
	if err := d.Stop(); err != nil {
		return err
	}
	p, err := engine.Start(ctx, engine.StartOptions{
		Root: d.Root, CacheDir: d.lab.options.CacheDir, Config: testbed.BuildkitConfig(d.lab.Registry), Progress: d.lab.options.Progress, Env: d.lab.Env(),
	})
	if err != nil {
		return err
	}
	d.process = p
	return testbed.AddBuilder(ctx, filepath.Join(d.lab.Tools, "buildx"), Builder, p.Addr, d.Env())
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
