//go:build linux

package lab

import (
	"context"
	"syscall"
	"time"
)

// InodeRest is how long ext4 without a journal takes no inode again after its file was deleted (fs/ext4/ialloc.c, RECENTCY_MIN).
// Meanwhile it passes over each such inode for every file that it makes.
const InodeRest = 60 * time.Second

// Rest is to be called after thousands of files were deleted, and returns when that is forgotten: on a new machine files are not
// made where others have just been. Its error is the cause of the context's end.
func (l *Lab) Rest(ctx context.Context) error {
	l.Progressf("resting after the removal of what earlier builds left …")
	syscall.Sync()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(InodeRest):
		return nil
	}
}
