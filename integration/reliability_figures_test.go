//go:build linux

package integration

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// measured is a build that has succeeded, with what it took.
type measured struct {
	result
	memory  int // the most that the process of the frontend had, in KiB
	figures string
}

// mostMemory is what the frontend may have, in KiB, however large the input is: about twice what it has.
const mostMemory = 100 << 10

// measure builds and reports the time, and the most memory that the process of the frontend had: the client itself, or the
// process in the frontend's container.
func measure(t *testing.T, m mode, b build) measured {
	t.Helper()
	d := setUp(t).daemon
	started := time.Now()
	r := m.launch(t, b)
	memory := 0
	for done := false; !done; {
		select {
		case err := <-r.ended:
			r.ended <- err
			done = true
		case <-time.After(20 * time.Millisecond):
			if m.name == client.name {
				memory = max(memory, highWater(strconv.Itoa(r.cmd.Process.Pid)))
			} else {
				memory = max(memory, d.peakMemory(t, "/modship\x00frontend"))
			}
		}
	}
	took := time.Since(started)
	got := r.wait(t)
	if got.code != 0 {
		t.Fatalf("the build failed with exit code %d:\n%s", got.code, got.log)
	}
	if memory == 0 {
		t.Error("the process of the frontend was never seen")
	}
	if memory > mostMemory {
		t.Errorf("the process of the frontend had %d MB, want at most %d", memory>>10, mostMemory>>10)
	}
	return measured{got, memory, fmt.Sprintf("%.1f s, frontend %d MB", took.Seconds(), memory>>10)}
}

// peakMemory gives what a process of the daemon had at most so far, in KiB; 0 without such a process.
func (d *daemon) peakMemory(t *testing.T, text string) (kib int) {
	t.Helper()
	for _, pid := range d.processes(t)[1:] {
		cmdline, _ := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
		if strings.Contains(string(cmdline), text) && !bytes.Contains(cmdline, []byte("runc")) {
			kib = max(kib, highWater(pid))
		}
	}
	return kib
}

// highWater is VmHWM of a process (proc_pid_status(5)) in KiB, 0 if it has ended. What wait4(2) gives would be no less than the
// memory of the process that started it, because the kernel carries that over.
func highWater(pid string) (kib int) {
	status, _ := os.ReadFile(filepath.Join("/proc", pid, "status"))
	for line := range strings.Lines(string(status)) {
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kib); n == 1 {
			return kib
		}
	}
	return 0
}
