package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/moby/buildkit/client"
)

// answerTimeout is how long a daemon that is only looked at may take to answer.
const answerTimeout = 5 * time.Second

// findState gives the state that the private daemon of o has, if there is one already; there says whether.
func findState(o Options) (s state, there bool, err error) {
	if o.CacheDir == "" {
		return state{}, false, &noCacheDir{o.NoCacheDir}
	}
	dir, err := filepath.Abs(filepath.Join(o.CacheDir, "engine", configID(o.Config)))
	if err != nil {
		return state{}, false, err
	}
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return state{dir}, false, nil
	}
	own, err := ownFolder(dir)
	return state{own}, err == nil, err
}

// Inspect says what is known of the private daemon, and starts none.
func Inspect(ctx context.Context, o Options) (Info, error) {
	s, there, err := findState(o)
	if err != nil || !there {
		return Info{State: s.dir}, err
	}
	info := Info{State: s.dir}
	users, err := o.host().users()
	if err != nil {
		users = nil // then less can be seen
	}
	if info.Size, err = s.size(users); err != nil {
		return info, fmt.Errorf("looking at the size of %s: %w", s.dir, err)
	}
	l, err := limitFor(o, s.dir)
	if err != nil {
		return info, err
	}
	info.Keep = l.Keep
	st := s.readStatus()
	if !st.Supervisor.alive() || !st.Daemon.alive() {
		return info, nil
	}
	info.Rootless = st.Rootless
	info.Running, info.PID, info.Supervisor, info.Address, info.Log = true, st.Daemon.PID, st.Supervisor.PID, st.Addr, s.logPath()
	info.Keep = st.Limit.Keep
	if file, err := os.Stat(s.path("status.json")); err == nil {
		info.Started = file.ModTime() // written once
	}
	if info.InUse, err = s.inUse(); err != nil {
		return info, err
	}
	if err := info.ask(ctx); err != nil {
		info.Problem = err.Error()
	}
	return info, nil
}

// size looks at files of other users in their namespace.
func (s state) size(u *users) (int64, error) {
	if u == nil {
		return diskUsage(s.dir)
	}
	out, err := u.run("size", s.dir)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(out), 10, 64)
}

// inUse says whether a client holds the lease.
func (s state) inUse() (bool, error) {
	lease, err := os.OpenFile(s.path("lease"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return false, err
	}
	defer lease.Close()
	err = tryLock(lease, true)
	if errors.Is(err, errLocked) {
		return true, nil
	}
	return false, err
}

// ask adds what the daemon says of itself.
func (i *Info) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, answerTimeout, fmt.Errorf("no answer within %v", answerTimeout))
	defer cancel()
	c, workers, err := dial(ctx, i.Address)
	if err != nil {
		return err
	}
	defer c.Close()
	for _, w := range workers {
		i.Version, i.Snapshotter = w.BuildkitVersion.Version, w.Labels[snapshotterLabel]
	}
	return nil
}

// nativeSnapshotter copies layers, where the kernel cannot lay them over each other.
const nativeSnapshotter = "native"

// Prune removes results of builds from the private daemon, which it starts where there is a state without one. What a running build
// uses stays.
func Prune(ctx context.Context, o Options, p PruneOptions) (Pruned, error) {
	if _, there, err := findState(o); err != nil || !there {
		return Pruned{}, err
	}
	e, err := connectPrivate(ctx, o)
	if err != nil {
		return Pruned{}, err
	}
	defer e.Close()
	options := []client.PruneOption{client.WithKeepOpt(0, 0, p.Keep, 0)}
	if p.All {
		options = append(options, client.PruneAll)
	}
	var pruned Pruned
	removed, counted := make(chan client.UsageInfo), make(chan struct{})
	go func() {
		defer close(counted)
		for r := range removed {
			pruned.Results++
			pruned.Bytes += r.Size
		}
	}()
	err = e.client.Prune(ctx, removed, options...)
	close(removed)
	<-counted
	if err != nil {
		return pruned, fmt.Errorf("removing results of builds: %w", err)
	}
	return pruned, nil
}

// Stop ends the private daemon in order. It tells whether one has run.
func Stop(ctx context.Context, o Options, so StopOptions) (bool, error) {
	s, there, err := findState(o)
	if err != nil || !there {
		return false, err
	}
	lock, err := openLock(ctx, s.path("lock"), true, nil)
	if err != nil {
		return false, err
	}
	defer lock.Close()
	used, err := s.inUse()
	if err != nil {
		return false, err
	}
	st := s.readStatus()
	running := st.Supervisor.alive() || st.Daemon.alive()
	if running && used && !so.Force {
		return false, ErrInUse
	}
	if running {
		if err := s.stop(ctx, st); err != nil {
			return false, fmt.Errorf("stopping the private BuildKit: %w", err)
		}
	}
	if so.Remove {
		if err := s.remove(o); err != nil {
			return running, fmt.Errorf("removing the state of the private BuildKit: %w", err)
		}
	}
	return running, nil
}

// stop lets the supervisor end the daemon and remove what points to it; what is left then is swept.
func (s state) stop(ctx context.Context, st status) error {
	if st.Supervisor.alive() {
		if err := syscall.Kill(st.Supervisor.PID, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
		// It gives the daemon its time twice, see terminate.
		for range 3 {
			if err := st.Supervisor.waitGone(ctx); err == nil || ctx.Err() != nil {
				break
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	return s.sweep(ctx, st)
}

// remove removes the state, and its lock last: who waits for that makes another, see openLock.
func (s state) remove(o Options) error {
	users, err := o.host().users()
	if err != nil {
		return err
	}
	if users != nil { // or what belongs to others could not be removed
		if _, err := users.run("remove", s.path("root")); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != "lock" {
			err = errors.Join(err, os.RemoveAll(s.path(e.Name())))
		}
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}
