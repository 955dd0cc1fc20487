package engine

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/moby/buildkit/client"
)

// ready gives what the machine has for a private daemon, or says all that it lacks. Without a runc the daemon gets one of modship's own.
func ready(ctx context.Context, o Options) (runc, warning string, u *users, err error) {
	runc, warning, err = preflight(ctx, o.lookPath)
	if err != nil {
		err = ownRunc(ctx, o, err)
	}
	u, lacking := o.host().users()
	return runc, warning, u, errors.Join(err, lacking)
}

// connectPrivate finds the private daemon, or repairs what is left of it and starts it.
func connectPrivate(ctx context.Context, o Options) (*Engine, error) {
	if err := checkDispatch(os.Args); err != nil {
		return nil, err
	}
	if o.CacheDir == "" {
		return nil, &noCacheDir{o.NoCacheDir}
	}
	runc, warning, users, err := ready(ctx, o)
	if err != nil {
		return nil, err
	}
	// The state's folder first: building takes minutes.
	dir, err := ownFolder(filepath.Join(o.CacheDir, "engine", configID(o.Config)))
	if err != nil {
		return nil, fmt.Errorf("no BuildKit found, and a private one cannot be kept there: %w", err)
	}
	if st := (state{dir}).readStatus(); !st.Daemon.alive() {
		if err := o.host().check(users); err != nil {
			return nil, err
		}
	}
	bin, err := findTools(ctx, toolRequest{daemonTools(), o.CacheDir, o.Progress, []string{"buildkitd"}, o.lookPath, true})
	if err != nil {
		return nil, err
	}
	if runc == "" {
		own, err := findTools(ctx, toolRequest{runcTool(), o.CacheDir, o.Progress, []string{"runc"}, o.lookPath, true})
		if err != nil {
			return nil, err
		}
		runc = filepath.Join(own, "runc")
	}
	l, err := newLaunch(dir, bin, runc)
	if err != nil {
		return nil, err
	}
	if l.Limit, err = limitFor(o, dir); err != nil {
		return nil, err
	}
	l.Isolated, l.Users, l.warning = true, users, warning
	l.Idle = cmp.Or(o.IdleTimeout, DefaultIdleTimeout)
	return claim(ctx, l, o)
}

// noCacheDir says that a private daemon was needed and that there is no folder for it.
type noCacheDir struct{ err error }

func (e *noCacheDir) Error() string {
	text := "no BuildKit found, and there is no cache directory for a private one"
	if e.err != nil {
		text += ": " + e.err.Error()
	}
	return text + "; set HOME or XDG_CACHE_HOME, or name a running BuildKit (--addr or BUILDKIT_HOST), or start Docker"
}

func (e *noCacheDir) Unwrap() error { return e.err }

// configID names the daemon: one per configuration, and not one per version, because BuildKit reads the state of older
// versions, and the cache is worth keeping.
func configID(config []byte) string {
	hash := sha256.Sum256(config)
	return hex.EncodeToString(hash[:6])
}

func newLaunch(dir, bin, runc string) (launch, error) {
	s, err := openState(dir)
	if err != nil {
		return launch{}, err
	}
	return launch{Dir: s.dir, Buildkitd: filepath.Join(bin, "buildkitd"), Runc: runc}, nil
}

// claim takes the lease and then makes sure that a daemon runs, all of it under the state's lock.
func claim(ctx context.Context, l launch, o Options) (*Engine, error) {
	s := state{l.Dir}
	lock, err := openLock(ctx, s.path("lock"), true, nil)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	if err := retireOld(ctx, l); err != nil {
		return nil, err
	}
	// A supervisor that is stopping its daemon holds the lease until it has.
	lease, err := takeLease(ctx, s)
	if err != nil {
		return nil, err
	}
	c, addr, err := findOrStart(ctx, l, o, lock)
	if err != nil {
		lease.Close()
		return nil, err
	}
	return &Engine{Addr: addr, client: c, lease: lease, network: filepath.Join(filepath.Dir(socketPath(addr)), networkSocket)}, nil
}

func takeLease(ctx context.Context, s state) (*os.File, error) {
	lease, err := openLock(ctx, s.path("lease"), false, nil)
	if err != nil {
		return nil, err
	}
	// For leaseFile, and for people who wonder who was the last.
	if _, err := lease.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0); err != nil {
		lease.Close()
		return nil, err
	}
	return lease, nil
}

// retireOld ends a daemon of another version, or with another limit, if nobody uses it. If somebody does, it serves this call, too, unless
// its build steps have the network of the machine.
func retireOld(ctx context.Context, l launch) error {
	s := state{l.Dir}
	st := s.readStatus()
	if st.Buildkitd == "" || st.Buildkitd == l.Buildkitd && st.Isolated == l.Isolated && l.Limit.asGood(st.Limit) {
		return nil
	}
	lease, err := os.OpenFile(s.path("lease"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer lease.Close()
	switch err := tryLock(lease, true); {
	case errors.Is(err, errLocked) && st.Isolated != l.Isolated && st.Daemon.alive():
		return errors.New("a build of an older modship uses the private BuildKit, whose build steps have the network of this machine; try again when it has ended")
	case errors.Is(err, errLocked):
		return nil
	case err != nil:
		return err
	}
	return s.stop(ctx, st)
}

func findOrStart(ctx context.Context, l launch, o Options, lock *os.File) (*client.Client, string, error) {
	s := state{l.Dir}
	st := s.readStatus()
	if st.Supervisor.alive() && st.Daemon.alive() {
		c, err := awaitOther(ctx, st, o.Waits.ready())
		if err == nil {
			return c, st.Addr, nil
		}
		if ctx.Err() != nil {
			return nil, "", err
		}
		o.progressf("restarting the private BuildKit, which does not answer: %v", err)
	}
	if err := s.sweep(ctx, st); err != nil {
		return nil, "", fmt.Errorf("removing what is left of the private BuildKit: %w", err)
	}
	if l.warning != "" {
		o.progressf("warning: %s", l.warning)
	}
	o.progressf("starting a private BuildKit, state in %s …", l.Dir)
	if err := l.prepare(o.Config); err != nil {
		return nil, "", err
	}
	c, err := startSupervised(ctx, l, lock)
	if err != nil {
		return nil, "", fmt.Errorf("starting a private BuildKit: %w", s.withLog(err))
	}
	o.tell(ctx, c, l)
	return c, l.addr(), nil
}

// tell says how a daemon runs that is not as one expects: without root, or without an overlay.
func (o Options) tell(ctx context.Context, c *client.Client, l launch) {
	workers, err := c.ListWorkers(ctx)
	if err != nil || len(workers) == 0 {
		return // who uses it will see
	}
	snapshotter := workers[0].Labels[snapshotterLabel]
	if l.Users != nil {
		o.progressf("the private BuildKit runs without root, as user %s; its snapshotter is %s", l.Users.Name, snapshotter)
	}
	if snapshotter == nativeSnapshotter {
		_, err := l.Users.run("overlay", l.Dir)
		o.progressf("warning: the private BuildKit copies every layer whole, which is slow and takes much of the disk (snapshotter %s): %v", snapshotter, err)
	}
}

// awaitOther connects to a daemon that another process started, perhaps a moment ago.
func awaitOther(ctx context.Context, st status, limit time.Duration) (*client.Client, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return waitReady(ctx, st.Addr, st.Daemon.watch(ctx), limit)
}

// sweep ends what st names and removes what points to it. The supervisor goes first, or it would remove the files of a
// daemon that is started next.
func (s state) sweep(ctx context.Context, st status) error {
	if err := st.Supervisor.kill(ctx); err != nil {
		return err
	}
	if err := st.Daemon.kill(ctx); err != nil {
		return err
	}
	os.Remove(s.path("status.json"))
	if st.Addr != "" { // one of ours, or readStatus had not given it
		os.Remove(socketPath(st.Addr))
	}
	return nil
}

// startSupervised starts a supervisor that outlives this process and waits until its daemon answers.
func startSupervised(ctx context.Context, l launch, lock *os.File) (*client.Client, error) {
	arg, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	log, err := state{l.Dir}.openLog()
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := selfCommand("run", string(arg))
	cmd.Dir = "/"
	cmd.Stderr = log
	cmd.ExtraFiles = []*os.File{lock}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	gone := make(chan struct{})
	go func() {
		// Nobody else can: without it a supervisor that ends before us stays as a zombie.
		cmd.Wait()
		close(gone)
	}()
	c, err := waitReady(ctx, l.addr(), gone, Waits{}.ready())
	if err != nil {
		cmd.Process.Kill()
		<-gone
		return nil, err
	}
	return c, nil
}
