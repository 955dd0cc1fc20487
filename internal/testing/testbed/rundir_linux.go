package testbed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// RunDir is a temporary folder of this process. Once it has ended, however it did, the next [NewRunDir] with the same prefix removes the folder.
type RunDir struct {
	Path  string
	owner *os.File
}

// ownerFile in a folder has a lock for as long as the process lives that made it. A folder without the file belongs to nobody that is known.
const ownerFile = ".owner"

// NewRunDir removes what processes have left that have ended, and makes a folder. What cannot be removed, because a daemon that such a process
// has started is still ending, is said on progress and left to the next.
func NewRunDir(parent, prefix string, progress io.Writer) (*RunDir, error) {
	parent, err := filepath.EvalSymlinks(parent)
	if err != nil {
		return nil, err
	}
	if err := removeLeft(parent, prefix); err != nil {
		fmt.Fprintf(progress, "removing what an earlier run has left: %v\n", err)
	}
	d := &RunDir{}
	if d.Path, err = os.MkdirTemp(parent, prefix); err != nil {
		return nil, err
	}
	if err := d.claim(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(d.Path))
	}
	return d, nil
}

// claim has the file appear with its lock: one without is that of a process that has ended.
func (d *RunDir) claim() (err error) {
	name := filepath.Join(d.Path, ownerFile)
	if d.owner, err = os.OpenFile(name+".new", os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600); err != nil {
		return err
	}
	return errors.Join(syscall.Flock(int(d.owner.Fd()), syscall.LOCK_EX|syscall.LOCK_NB), os.Rename(name+".new", name))
}

// Remove removes the folder.
func (d *RunDir) Remove() error { return errors.Join(removeFolder(d.Path), d.owner.Close()) }

// removeLeft removes the folders with a prefix whose processes have ended.
func removeLeft(parent, prefix string) error {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), prefix) {
			errs = append(errs, removeDead(filepath.Join(parent, e.Name())))
		}
	}
	return errors.Join(errs...)
}

// removeDead removes a folder of this user's, unless the process lives that made it.
func removeDead(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil || info.Sys().(*syscall.Stat_t).Uid != uint32(os.Geteuid()) {
		return nil // somebody else's, or another process has removed it
	}
	owner, err := os.OpenFile(filepath.Join(dir, ownerFile), os.O_RDWR|syscall.O_NOFOLLOW, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer owner.Close()
	switch err := syscall.Flock(int(owner.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil
	case err != nil:
		return fmt.Errorf("locking %s: %w", owner.Name(), err)
	}
	return removeFolder(dir)
}

// removeFolder removes a folder, the file of its owner last: where something cannot be removed, the next one can try again.
func removeFolder(dir string) error {
	if err := unmountBelow(dir); err != nil { // or what is mounted there would be removed
		return err
	}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if e.Name() != ownerFile {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	if err != nil {
		return err
	}
	return os.RemoveAll(dir)
}

// unmountBelow takes away what is mounted below a folder, the last first, also if somebody uses it. Whoever mounted it may be doing the same.
func unmountBelow(dir string) error {
	mounted, err := mountsBelow(dir)
	if err != nil {
		return err
	}
	var errs []error
	for i, at := range slices.Backward(mounted) {
		// Or a place of the machine that is mounted here once more would be unmounted there as well. One may have come to light just now.
		for _, left := range mounted[:i+1] {
			if err := unix.Mount("", left, "", unix.MS_PRIVATE, ""); err != nil && !isGone(err) {
				return fmt.Errorf("making the mount %s private: %w", left, err)
			}
		}
		if err := unix.Unmount(at, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW); err != nil {
			errs = append(errs, fmt.Errorf("unmounting %s: %w", at, err))
		}
	}
	if mounted, err = mountsBelow(dir); err == nil && len(mounted) > 0 {
		err = errors.Join(append(errs, fmt.Errorf("%s is still mounted", strings.Join(mounted, ", ")))...)
	}
	return err
}

// isGone tells that nothing is mounted at a place, or nothing there.
func isGone(err error) bool { return errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) }

// mountsBelow gives the places at and below a folder where something is mounted, in the order in which it was.
func mountsBelow(dir string) (places []string, err error) {
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(table) {
		fields := strings.Fields(string(line))
		if len(fields) < 5 {
			continue
		}
		if at := unescape(fields[4]); at == dir || strings.HasPrefix(at, dir+"/") {
			places = append(places, at)
		}
	}
	return places, nil
}

// unescape reads what the kernel writes as \040.
func unescape(field string) string {
	var b strings.Builder
	for i := 0; i < len(field); i++ {
		if field[i] == '\\' && i+3 < len(field) {
			if n, err := strconv.ParseUint(field[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(field[i])
	}
	return b.String()
}
