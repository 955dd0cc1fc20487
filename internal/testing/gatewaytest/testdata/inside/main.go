// Command inside runs a program in a root of its own. It is started in a mount namespace of its own, and told on its standard input what
// to mount and to run; if that is nothing, it ends without an error. It is a program for itself because it is started often.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// mount binds a folder or a file of the machine into the root, which is the first mount.
type mount struct {
	From, To string
	ReadOnly bool
}

func run() error {
	var in struct {
		Mounts    []mount
		Args, Env []string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		return err
	}
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("parting from the mounts of the machine: %w", err)
	}
	if len(in.Args) == 0 {
		return nil
	}
	if err := enter(in.Mounts[0].From, in.Mounts[1:]); err != nil {
		return fmt.Errorf("making the root of a step: %w", err)
	}
	return syscall.Exec(in.Args[0], in.Args, in.Env)
}

func enter(root string, mounts []mount) error {
	for _, m := range mounts {
		to := filepath.Join(root, m.To)
		if err := mountPoint(m.From, to); err != nil {
			return err
		}
		if err := syscall.Mount(m.From, to, "", syscall.MS_BIND|syscall.MS_REC, ""); err != nil {
			return fmt.Errorf("%s at %s: %w", m.From, m.To, err)
		}
		if !m.ReadOnly {
			continue
		}
		if err := syscall.Mount("", to, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
			return fmt.Errorf("%s read-only: %w", m.To, err)
		}
	}
	return errors.Join(syscall.Chroot(root), os.Chdir("/"))
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
