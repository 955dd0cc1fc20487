package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// StartOptions says how to start a daemon that belongs to the calling process. Root and CacheDir are required.
type StartOptions struct {
	// Root is the directory of its state, made if needed; an empty one makes a daemon with an empty cache. No two daemons
	// may use it at a time.
	Root string
	// CacheDir is where [Tools] finds or builds buildkitd.
	CacheDir string
	// Config is the content of buildkitd.toml; worker network, addresses and paths in it are overridden.
	Config []byte
	// Progress takes human-readable lines about what takes long; nil drops them.
	Progress io.Writer
	// Env is the daemon's environment; nil means that of the calling process.
	Env []string
}

// Daemon is a buildkitd that ends at the latest with the process that started it.
type Daemon struct {
	// Addr is its address, a unix:// URL.
	Addr string

	launch  launch
	process *process
}

// Start starts a buildkitd and waits until it answers; ctx bounds only that.
func Start(ctx context.Context, o StartOptions) (*Daemon, error) {
	if err := checkDispatch(os.Args); err != nil {
		return nil, err
	}
	if o.Root == "" || o.CacheDir == "" {
		return nil, errors.New("starting buildkitd: Root and CacheDir are required")
	}
	runc, _, err := preflight(ctx, lookPath)
	if err != nil {
		return nil, err
	}
	users, err := Options{}.host().users()
	if err != nil {
		return nil, err
	}
	bin, err := Tools(ctx, o.CacheDir, o.Progress, "buildkitd")
	if err != nil {
		return nil, err
	}
	l, err := newLaunch(o.Root, bin, runc)
	if err != nil {
		return nil, err
	}
	l.Users = users
	if err := l.prepare(o.Config); err != nil {
		return nil, err
	}
	log, err := state{l.Dir}.openLog()
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p, err := spawn(l, o.Env, log)
	if err != nil {
		return nil, err
	}
	d := &Daemon{Addr: l.addr(), launch: l, process: p}
	c, err := waitReady(ctx, d.Addr, p.gone, Waits{}.ready())
	if err != nil {
		return nil, fmt.Errorf("starting buildkitd: %w", state{l.Dir}.withLog(errors.Join(err, d.Stop())))
	}
	return d, c.Close()
}

// Stop ends the daemon and every build step it runs: in order within ten seconds, else by force. When it returns nil, no
// process and no mount is left, and Root can be removed or used again. Calling it twice is harmless.
func (d *Daemon) Stop() error {
	err := d.process.stop()
	clean(d.launch)
	return err
}

// Log is the path of the daemon's log.
func (d *Daemon) Log() string { return state{d.launch.Dir}.logPath() }
