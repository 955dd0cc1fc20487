//go:build unix

package step

import (
	"io/fs"
	"syscall"
)

// ownerOf gives the owner of a file.
func ownerOf(info fs.FileInfo) (uid, gid int) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Uid), int(st.Gid)
	}
	return 0, 0
}
