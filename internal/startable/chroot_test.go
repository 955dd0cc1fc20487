package startable_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// chrootEnv makes this test binary a helper that mounts /proc, changes its root to the variable's value, and becomes the
// program in its arguments; with userEnv it does so as the user and group of that number.
const (
	chrootEnv = "STARTABLE_TEST_CHROOT"
	userEnv   = chrootEnv + "_USER"
)

func TestMain(m *testing.M) {
	if root := os.Getenv(chrootEnv); root != "" {
		fmt.Fprintln(os.Stderr, becomeProgram(root, os.Args[1], os.Args[1:]))
		os.Exit(126)
	}
	os.Exit(m.Run())
}

func becomeProgram(root, program string, args []string) error {
	// $ORIGIN of a program is read from /proc, which every container has.
	if err := syscall.Mount("proc", filepath.Join(root, "proc"), "proc", 0, ""); err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	if err := syscall.Chroot(root); err != nil {
		return fmt.Errorf("changing the root: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	if id, err := strconv.Atoi(os.Getenv(userEnv)); err == nil {
		if err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(id), syscall.Setuid(id)); err != nil {
			return fmt.Errorf("changing the user: %w", err)
		}
	}
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, chrootEnv) {
			env = append(env, e)
		}
	}
	return fmt.Errorf("starting %s: %w", program, syscall.Exec(program, args, env))
}

// starts runs a program in root and says whether it got as far as printing "started", with what it printed else.
func starts(t *testing.T, root string, env []string, args ...string) (bool, string) {
	t.Helper()
	needRoot(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	mkdir(t, filepath.Join(root, "proc"))
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(env, chrootEnv+"="+root)
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	text := fmt.Sprintf("%s(%v)", out.String(), err)
	if strings.Contains(text, "mounting /proc") || strings.Contains(text, "changing the ") {
		t.Fatal(text)
	}
	return strings.Contains(out.String(), "started"), text
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		testbed.Missing(t, "the superuser's rights, to change the root of a process")
	}
}

// need gives the path of a program that the test runs.
func need(t *testing.T, program, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		testbed.Missing(t, "%s (Debian package %s)", program, pkg)
	}
	return path
}

func mkdir(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}
