// Package steproot gives a process the root that a step has, for tests that run steps as the graph does: under fixed paths, without a
// daemon. The process must have been started in a mount namespace of its own (CLONE_NEWNS).
package steproot

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Mount binds a folder or a file of the machine into the root.
type Mount struct {
	From, To string
	ReadOnly bool
}

// Enter makes a folder with mounts the root of this process, and its current folder.
func Enter(root string, mounts []Mount) error {
	if err := part(); err != nil {
		return fmt.Errorf("parting from the mounts of the machine: %w", err)
	}
	for _, m := range mounts {
		if err := m.bind(root); err != nil {
			return err
		}
	}
	return errors.Join(syscall.Chroot(root), os.Chdir("/"))
}

// part keeps what is mounted from the machine's own namespace.
func part() error { return syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "") }

func (m Mount) bind(root string) error {
	to := filepath.Join(root, m.To)
	if err := mountPoint(m.From, to); err != nil {
		return err
	}
	if err := syscall.Mount(m.From, to, "", syscall.MS_BIND|syscall.MS_REC, ""); err != nil {
		return fmt.Errorf("mounting %s at %s: %w", m.From, m.To, err)
	}
	if !m.ReadOnly {
		return nil
	}
	if err := syscall.Mount("", to, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		return fmt.Errorf("making %s read-only: %w", m.To, err)
	}
	return nil
}

// mountPoint makes what from is bound to: a folder, or an empty file.
func mountPoint(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.MkdirAll(to, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(to, os.O_CREATE, 0o755)
	if err != nil {
		return err
	}
	return file.Close()
}
