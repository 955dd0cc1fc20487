//go:build linux

package integration

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestInterrupt ends a build in the middle of a compile: the client says so, and BuildKit lets go of the step.
func TestInterrupt(t *testing.T) {
	l := setUp(t)
	dir := example(t, "hello")
	// Compiled packages are kept for each module: this one has none.
	edit(t, dir, "go.mod", "module example.com/interrupted\n\ngo 1.26\n")
	cmd := client.start(t, build{dir: dir, noImage: true}, "")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()

	eventually(t, "a compiler runs", ended, func() bool { return l.daemon.runs(t, "/pkg/tool/") })
	started := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok || exit.ExitCode() != 130 {
			t.Errorf("the build ended with %v, want exit code 130:\n%s", err, log.String())
		}
	case <-time.After(time.Minute):
		t.Fatal("the build does not end")
	}
	if took := time.Since(started); took > soonLimit {
		t.Errorf("the client ended %s after Ctrl-C", took)
	}
	soon(t, "the build steps have ended", func() bool { return !l.daemon.runs(t, "/modship\x00step") })
}

// runs tells whether a process of the daemon's build steps has text in its command line.
func (d *daemon) runs(t *testing.T, text string) bool {
	t.Helper()
	for _, pid := range d.processes(t)[1:] {
		cmdline, _ := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
		if strings.Contains(string(cmdline), text) && !bytes.Contains(cmdline, []byte("runc")) {
			return true
		}
	}
	return false
}

// soonLimit is what takes a second at most, on a machine that has other things to do.
const soonLimit = 20 * time.Second

// soon waits for a state that must be reached at once.
func soon(t *testing.T, what string, reached func() bool) {
	t.Helper()
	started := time.Now()
	eventually(t, what, nil, reached)
	took := time.Since(started)
	t.Logf("%s after %.1f s", what, took.Seconds())
	if took > soonLimit {
		t.Errorf("it took %s until %s", took, what)
	}
}

// eventually waits for a state, and fails the test if ended reports first.
func eventually(t *testing.T, what string, ended <-chan error, reached func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !reached(); time.Sleep(50 * time.Millisecond) {
		select {
		case err := <-ended:
			t.Fatalf("waiting until %s: the build ended: %v", what, err)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("waiting until %s: it took too long", what)
		}
	}
}
