package engine

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// procID names one process for good. A PID alone is used again; its start time (field 22 of proc_pid_stat(5), in clock
// ticks since boot) together with the boot is not.
type procID struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"`
	Boot  string `json:"boot"`
}

func identify(pid int) (procID, error) {
	start, _, err := procStat(pid)
	if err != nil {
		return procID{}, fmt.Errorf("identifying process %d: %w", pid, err)
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return procID{}, fmt.Errorf("identifying the boot: %w", err)
	}
	return procID{PID: pid, Start: start, Boot: strings.TrimSpace(string(boot))}, nil
}

// procStat returns start time and state of a process.
func procStat(pid int) (start uint64, state byte, err error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, err
	}
	return parseStat(data)
}

func parseStat(data []byte) (start uint64, state byte, err error) {
	// The second field is the program's name in parentheses, and the name may hold both spaces and parentheses.
	fields := bytes.Fields(data[bytes.LastIndexByte(data, ')')+1:])
	if len(fields) < 20 || len(fields[0]) != 1 {
		return 0, 0, fmt.Errorf("reading process status %q: too few fields", data)
	}
	start, err = strconv.ParseUint(string(fields[19]), 10, 64)
	return start, fields[0][0], err
}

// alive is false also for a zombie, which holds nothing any more.
func (p procID) alive() bool {
	if p.PID <= 0 {
		return false
	}
	now, err := identify(p.PID)
	if err != nil || now != p {
		return false
	}
	_, state, err := procStat(p.PID)
	return err == nil && state != 'Z' && state != 'X'
}

// runs says whether the process is there, is this user's, and was started with arguments that known knows.
func (p procID) runs(known func(args []string) bool) bool {
	dir := fmt.Sprintf("/proc/%d", p.PID)
	st, err := os.Stat(dir)
	if err != nil {
		return false
	}
	owner, ok := st.Sys().(*syscall.Stat_t)
	line, err := os.ReadFile(dir + "/cmdline")
	if !ok || err != nil || int(owner.Uid) != os.Geteuid() {
		return false
	}
	// The process may have ended meanwhile, and another have its PID.
	return known(strings.Split(strings.TrimRight(string(line), "\x00"), "\x00")) && p.alive()
}

// kill ends the process and waits until it is gone. A process that only has the same PID is left alone: the handle is
// opened (pidfd_open(2)) before the check, so it cannot come to mean another one after it.
func (p procID) kill(ctx context.Context) error {
	if p.PID <= 0 {
		return nil
	}
	handle, err := os.FindProcess(p.PID)
	if err != nil || !p.alive() {
		return nil
	}
	defer handle.Release()
	if err := handle.Signal(syscall.SIGKILL); err != nil && p.alive() {
		return fmt.Errorf("killing process %d: %w", p.PID, err)
	}
	return p.waitGone(ctx)
}

func (p procID) waitGone(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, stopTimeout, fmt.Errorf("still there after %v", stopTimeout))
	defer cancel()
	retry := time.NewTicker(10 * time.Millisecond)
	defer retry.Stop()
	for p.alive() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the end of process %d: %w", p.PID, context.Cause(ctx))
		case <-retry.C:
		}
	}
	return nil
}

// watch returns a channel that is closed when the process has ended; it stops looking when ctx ends.
func (p procID) watch(ctx context.Context) <-chan struct{} {
	gone := make(chan struct{})
	go func() {
		retry := time.NewTicker(50 * time.Millisecond)
		defer retry.Stop()
		for p.alive() {
			select {
			case <-ctx.Done():
				return
			case <-retry.C:
			}
		}
		close(gone)
	}()
	return gone
}
