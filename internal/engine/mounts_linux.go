package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// addFolder makes a folder appear in one of the machine's that this user cannot write, in this mount namespace alone: everything that is
// in it appears in a new one.
func addFolder(parent, name string) error {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return err
	}
	under, err := unix.Open(parent, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("opening %s: %w", parent, err)
	}
	defer unix.Close(under)
	if err := syscall.Mount("tmpfs", parent, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, "size=1m,mode=0755"); err != nil {
		return fmt.Errorf("covering %s: %w", parent, err)
	}
	for _, e := range entries {
		from := filepath.Join(fmt.Sprintf("/proc/self/fd/%d", under), e.Name())
		if err := bind(from, filepath.Join(parent, e.Name()), e.Type()); err != nil {
			return fmt.Errorf("keeping %s in %s: %w", e.Name(), parent, err)
		}
	}
	return os.Mkdir(filepath.Join(parent, name), 0o700)
}

// bind makes a file, folder or link appear in another place too.
func bind(from, to string, kind os.FileMode) error {
	var err error
	switch {
	case kind.IsDir():
		err = os.Mkdir(to, 0o700)
	case kind == os.ModeSymlink:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(target, to)
	default:
		err = os.WriteFile(to, nil, 0o600)
	}
	if err != nil {
		return err
	}
	return syscall.Mount(from, to, "", syscall.MS_BIND|syscall.MS_REC, "")
}

// mountOverlay says why layers in a folder cannot be laid over each other by the kernel: nil says that they can.
func mountOverlay(dir string) error {
	work, err := os.MkdirTemp(dir, "overlay-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	options := ""
	for _, d := range []string{"lower", "upper", "work", "merged"} {
		err = errors.Join(err, os.Mkdir(filepath.Join(work, d), 0o700))
		if d != "merged" {
			options += "," + d + "dir=" + filepath.Join(work, d)
		}
	}
	if err != nil {
		return err
	}
	merged := filepath.Join(work, "merged")
	if err := syscall.Mount("overlay", merged, "overlay", 0, "userxattr"+options); err != nil {
		return fmt.Errorf("mounting an overlay in %s: %w", dir, err)
	}
	return syscall.Unmount(merged, 0)
}
