//go:build unix

package step

import (
	"io/fs"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// setTime sets the time of a file, or of a symbolic link itself.
func setTime(name string, t time.Time) error {
	spec := unix.NsecToTimespec(t.UnixNano())
	return unix.UtimesNanoAt(unix.AT_FDCWD, name, []unix.Timespec{spec, spec}, unix.AT_SYMLINK_NOFOLLOW)
}

// setAllTimes gives everything below root the time t, symbolic links too.
func setAllTimes(root string, t time.Time) error {
	return filepath.WalkDir(root, func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return setTime(name, t)
	})
}
