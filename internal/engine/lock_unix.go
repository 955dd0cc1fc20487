//go:build unix

package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// The locks are flock(2) and not gofrs/flock, because the lock on a daemon's state is handed down to the supervisor: the
// open file is inherited, and it must be let go by closing it, not by unlocking it for both.

// errLocked says that another open file holds the lock.
var errLocked = errors.New("locked by another process")

// tryLock takes the lock of an open file, or returns errLocked. Closing the file gives it back.
func tryLock(f *os.File, exclusive bool) error {
	how := syscall.LOCK_SH
	if exclusive {
		how = syscall.LOCK_EX
	}
	for {
		err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return errLocked
		default:
			return fmt.Errorf("locking %s: %w", f.Name(), err)
		}
	}
}

func unlock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }

// openLock opens path, creating it if needed, and waits for its lock. The wait calls onWait once and ends with ctx.
func openLock(ctx context.Context, path string, exclusive bool, onWait func()) (*os.File, error) {
	for {
		f, err := awaitLock(ctx, path, exclusive, onWait)
		if err != nil || named(f, path) {
			return f, err
		}
		// Who had the lock has removed the file, perhaps with its folder, and the next one would lock another.
		f.Close()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
	}
}

// named says whether path is still the name of f.
func named(f *os.File, path string) bool {
	there, err := os.Stat(path)
	if err != nil {
		return false
	}
	own, err := f.Stat()
	return err == nil && os.SameFile(own, there)
}

func awaitLock(ctx context.Context, path string, exclusive bool, onWait func()) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	for waited := false; ; waited = true {
		err := tryLock(f, exclusive)
		if err == nil {
			return f, nil
		}
		if err == errLocked && !waited && onWait != nil {
			onWait()
		}
		if err == errLocked {
			select {
			case <-retry.C:
				continue
			case <-ctx.Done():
				err = fmt.Errorf("waiting for the lock %s: %w", path, context.Cause(ctx))
			}
		}
		f.Close()
		return nil, err
	}
}
