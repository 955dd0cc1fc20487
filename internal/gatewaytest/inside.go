//go:build linux

package gatewaytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// insideVariable tells a test program that it was started to run a step, see [inside].
const insideVariable = "MODSHIP_TEST_INSIDE"

// inside is what is run, and where.
type inside struct {
	Mounts    []mount
	Args, Env []string
}

// mount binds a folder or a file of the machine into the root of a step. The root is the first, at "/".
type mount struct {
	From, To string
	ReadOnly bool
}

// Main is the TestMain of packages whose tests use a [Client].
func Main(m *testing.M) {
	run := runStep
	if os.Getenv(insideVariable) == "" {
		run = func() error { return runTests(m) }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// shared is a folder for what the tests of a package have in common.
var shared string

func runTests(m *testing.M) (err error) {
	if shared, err = os.MkdirTemp("", "gatewaytest"); err != nil {
		return err
	}
	if code := m.Run(); code != 0 {
		err = errors.New("tests failed")
	}
	return errors.Join(err, os.RemoveAll(shared))
}

// runStep becomes the program of the step.
func runStep() error {
	var in inside
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		return err
	}
	if err := enter(in.Mounts); err != nil {
		return fmt.Errorf("making the root of a step: %w", err)
	}
	if len(in.Args) == 0 {
		return nil // it was the question whether that can be done
	}
	return syscall.Exec(in.Args[0], in.Args, in.Env)
}

func enter(mounts []mount) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil || len(mounts) == 0 {
		return err
	}
	root := mounts[0].From
	for _, m := range mounts[1:] {
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
