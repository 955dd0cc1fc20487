package testbed

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Measure runs a command to its end, and gives how long it took and the high-water mark of its memory, in bytes. The mark is VmHWM of
// the process (proc_pid_status(5)), which only grows, so few looks are enough; the one that the kernel keeps for whoever waits holds the
// memory of the caller, too, of which the process is a fork. The error is that of the command.
func Measure(cmd *exec.Cmd) (took time.Duration, peak int64, err error) {
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	ended, most := make(chan struct{}), make(chan int64, 1)
	go func() { most <- watch(cmd.Process.Pid, ended) }()
	err = cmd.Wait()
	took = time.Since(start)
	close(ended)
	return took, <-most, err
}

func watch(pid int, ended <-chan struct{}) int64 {
	var most int64
	for {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		_, rest, _ := strings.Cut(string(status), "\nVmHWM:")
		line, _, _ := strings.Cut(rest, " kB")
		kilobytes, _ := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
		most = max(most, kilobytes<<10)
		select {
		case <-ended:
			return most
		case <-time.After(3 * time.Millisecond):
		}
	}
}
