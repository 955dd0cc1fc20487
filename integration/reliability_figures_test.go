//go:build linux

package integration

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// measured is a build that has succeeded, with what it took.
type measured struct {
	result
	figures string
}

// measure builds and reports the time, and the most memory that the process of the frontend had: the client itself, or the
// process in the frontend's container.
func measure(t *testing.T, m mode, b build) measured {
	t.Helper()
	d := setUp(t).daemon
	started := time.Now()
	r := m.launch(t, b)
	var container int
	for done := false; !done; {
		select {
		case err := <-r.ended:
			r.ended <- err
			done = true
		case <-time.After(100 * time.Millisecond):
			container = max(container, d.peakMemory(t, "/modship\x00frontend"))
		}
	}
	took := time.Since(started)
	got := r.wait(t)
	if got.code != 0 {
		t.Fatalf("the build failed with exit code %d:\n%s", got.code, got.log)
	}
	memory := container
	if m.name == client.name {
		memory = int(r.cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	}
	return measured{got, fmt.Sprintf("%.1f s, frontend %d MB", took.Seconds(), memory>>10)}
}

// peakMemory gives what a process of the daemon had at most so far, in KiB (VmHWM in proc(5)); 0 without such a process.
func (d *daemon) peakMemory(t *testing.T, text string) (kib int) {
	t.Helper()
	for _, pid := range d.processes(t)[1:] {
		cmdline, _ := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
		if !strings.Contains(string(cmdline), text) || bytes.Contains(cmdline, []byte("runc")) {
			continue
		}
		status, _ := os.ReadFile(filepath.Join("/proc", pid, "status"))
		for lines := bufio.NewScanner(bytes.NewReader(status)); lines.Scan(); {
			var peak int
			if n, _ := fmt.Sscanf(lines.Text(), "VmHWM: %d kB", &peak); n == 1 {
				kib = max(kib, peak)
			}
		}
	}
	return kib
}
