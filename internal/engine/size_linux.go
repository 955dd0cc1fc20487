package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
)

// diskUsage is what a folder and all below it take on the disk, in bytes. A file with several names counts once. What goes while it
// is looked at does not count, nor what other users do not show.
func diskUsage(dir string) (int64, error) {
	type inode struct{ dev, ino uint64 }
	seen := map[inode]bool{}
	var sum int64
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil {
			var info fs.FileInfo
			if info, err = d.Info(); err == nil {
				if st, ok := info.Sys().(*syscall.Stat_t); ok && !seen[inode{st.Dev, st.Ino}] {
					if st.Nlink > 1 && !d.IsDir() {
						seen[inode{st.Dev, st.Ino}] = true
					}
					sum += st.Blocks * 512
				}
			}
		}
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			return nil
		}
		return err
	})
	return sum, err
}

// printSize is diskUsage for who may look at more than the caller.
func printSize(dir string) error {
	size, err := diskUsage(dir)
	if err == nil {
		_, err = fmt.Println(size)
	}
	return err
}
