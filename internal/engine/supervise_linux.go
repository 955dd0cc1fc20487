package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// inheritedLock is the descriptor of the state's lock in a supervisor, the first of exec.Cmd.ExtraFiles.
const inheritedLock = 3

// supervisePrefix is in front of errors.
const supervisePrefix = "modship " + SuperviseCommand + ":"

// Supervise is the rest of a program that was started with [SuperviseCommand]; args are the arguments after that. It
// returns the exit code. It is for this package's own use.
func Supervise(args []string) int {
	err := errors.New("expecting arguments of " + SuperviseCommand)
	if len(args) > 1 && args[0] == "rooted" {
		args = args[1:]
		if err := beRoot(); err != nil {
			fmt.Fprintln(os.Stderr, supervisePrefix, err)
			return 1
		}
	}
	switch {
	case len(args) > 1 && args[0] == "mapped":
		err = awaitUsers(args[1:])
	case len(args) == 1 && args[0] == "try":
		err = enter("cni")
	case len(args) == 2 && args[0] == "overlay":
		if err = enter(""); err == nil {
			err = mountOverlay(args[1])
		}
	case len(args) == 2 && args[0] == "size":
		err = printSize(args[1])
	case len(args) == 2 && args[0] == "remove":
		err = os.RemoveAll(args[1])
	case len(args) == 2 && args[0] == "run":
		err = superviseJSON(args[1])
	case len(args) >= 3 && args[0] == "exec":
		err = becomeDaemon(args[1], args[2:])
	case len(args) == 1 && args[0] == "cni":
		err = plugin(os.Getenv, os.Stdin, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, supervisePrefix, err)
		return 1
	}
	return 0
}

func superviseJSON(arg string) error {
	var l launch
	if err := json.Unmarshal([]byte(arg), &l); err != nil {
		return fmt.Errorf("reading arguments: %w", err)
	}
	syscall.CloseOnExec(inheritedLock)
	return supervise(l, os.NewFile(inheritedLock, "lock"))
}

// supervise runs a daemon until it ends, is told to stop, or has been idle. It holds the state's lock until the daemon is
// on record, so that nobody starts a second one even if the client has been killed meanwhile.
func supervise(l launch, lock *os.File) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)
	lease, err := openLease(l)
	if err != nil {
		return err
	}
	defer lease.file.Close()
	if l.Isolated {
		n, err := openNetwork(filepath.Join(l.SocketDir, networkSocket))
		if err != nil {
			return err
		}
		defer n.close()
	}
	// Its own standard error is the log.
	p, err := spawn(l, nil, os.Stderr)
	if err != nil {
		return err
	}
	defer clean(l)
	if err := record(l, p); err != nil {
		return errors.Join(err, p.stop())
	}
	lock.Close()
	lease.watch(ctx, p.gone, l.Idle)
	return p.stop()
}

func record(l launch, p *process) error {
	supervisor, err := identify(os.Getpid())
	if err != nil {
		return err
	}
	daemon, err := identify(p.cmd.Process.Pid)
	if err != nil {
		return err
	}
	return state{l.Dir}.writeStatus(status{supervisor, daemon, l.addr(), l.Buildkitd, l.Isolated, l.Limit, l.Users != nil})
}

// clean removes what would point to a daemon that has ended.
func clean(l launch) {
	os.Remove(state{l.Dir}.path("status.json"))
	os.Remove(socketPath(l.addr()))
	os.Remove(filepath.Join(l.SocketDir, traceSocket))
	os.Remove(filepath.Join(l.SocketDir, networkSocket))
	if l.SocketDir != l.Dir {
		os.Remove(l.SocketDir)
	}
}

// leaseFile is the supervisor's side of the lease. Clients write to the file when they take it, which changes its time: so
// a client that came and went between two looks is seen, too, and no clock is needed.
type leaseFile struct {
	file  *os.File
	taken time.Time
}

func openLease(l launch) (*leaseFile, error) {
	f, err := os.OpenFile(state{l.Dir}.path("lease"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	return &leaseFile{file: f}, nil
}

// watch returns when ctx or gone is done, or with the lease locked when it has been free for idle.
func (f *leaseFile) watch(ctx context.Context, gone <-chan struct{}, idle time.Duration) {
	tick := min(max(idle/20, 20*time.Millisecond), 5*time.Second)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for left := idle; ; {
		select {
		case <-gone:
			return
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if f.used() {
			left = idle
			continue
		}
		if left -= tick; left <= 0 {
			return
		}
		unlock(f.file)
	}
}

// used says whether a client holds the lease or has taken it since the last call. If not, the caller holds it.
func (f *leaseFile) used() bool {
	if tryLock(f.file, true) != nil {
		return true
	}
	st, err := f.file.Stat()
	if err == nil && st.ModTime().Equal(f.taken) {
		return false
	}
	if err == nil {
		f.taken = st.ModTime()
	}
	unlock(f.file)
	return true
}
