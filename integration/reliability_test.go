//go:build linux

package integration

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/modship-build/modship/internal/engine"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// The tests in the files reliability_*_test.go break what a build depends on, and hold three things: the user gets one error
// that says what it was, nothing half-made is left, and the same command succeeds afterwards. docs/reliability.md has them
// in a table.

// running is a build whose end somebody waits for.
type running struct {
	cmd     *exec.Cmd
	log     testbed.Buffer
	archive string
	ended   chan error // holds the outcome of cmd.Wait when that has returned
}

// launch starts a build and comes back at once.
func (m mode) launch(t *testing.T, b build) *running {
	t.Helper()
	r := &running{archive: filepath.Join(t.TempDir(), "image.tar"), ended: make(chan error, 1)}
	r.cmd = m.start(t, b, r.archive)
	r.cmd.Stdout, r.cmd.Stderr = &r.log, &r.log
	r.cmd.WaitDelay = 10 * time.Second
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { r.ended <- r.cmd.Wait() }()
	return r
}

// until waits for a state that is reached before the build ends.
func (r *running) until(t *testing.T, what string, reached func() bool) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("log:\n%s", r.log.String())
		}
	}()
	eventually(t, what, r.ended, reached)
}

// wait gives what came of the build.
func (r *running) wait(t *testing.T) result {
	t.Helper()
	select {
	case err := <-r.ended:
		code := 0
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			code = exit.ExitCode()
		} else if err != nil {
			t.Fatalf("running %s: %v", r.cmd, err)
		}
		return result{log: r.log.String(), code: code, archive: r.archive}
	case <-time.After(3 * time.Minute):
		t.Fatalf("the build does not end:\n%s", r.log.String())
		return result{}
	}
}

// leavesNoArchive fails the test for each file in the folder of the archive: nothing else is ever there.
func (r result) leavesNoArchive(t *testing.T) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(r.archive))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("the build failed, and %s is there all the same", e.Name())
	}
}

// kill ends the daemon as the kernel does when memory is short.
func (d *daemon) kill(t *testing.T) {
	t.Helper()
	pid := d.processes(t)[0]
	if out, code := run(t, exec.CommandContext(t.Context(), "kill", "-KILL", pid)); code != 0 {
		t.Fatalf("killing buildkitd: %s", out)
	}
}

// restart starts a daemon on the state of one that has been killed.
func (d *daemon) restart(t *testing.T) {
	t.Helper()
	if err := d.Stop(); err != nil {
		t.Fatalf("burying the daemon: %v", err)
	}
	process, err := engine.Start(t.Context(), d.options)
	if err != nil {
		t.Fatalf("starting the daemon again: %v", err)
	}
	if process.Addr != d.Addr {
		t.Fatalf("the daemon is at %s now, and was at %s", process.Addr, d.Addr)
	}
	*d.Daemon = *process
}

// killed tells whether a process was ended by SIGKILL.
func killed(cmd *exec.Cmd) bool {
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}
