//go:build linux && amd64

package main

import (
	"encoding/binary"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// tracer answers the system calls of the processes that it follows.
type tracer struct {
	offset int64
	known  map[int]bool // threads that have stopped once
}

// loop waits for what happens until the first process ends, and ends as that did.
func (t *tracer) loop(first int) error {
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, unix.WALL, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return err
		case status.Exited() && pid == first:
			os.Exit(status.ExitStatus())
		case status.Signaled() && pid == first:
			os.Exit(128 + int(status.Signal()))
		case status.Stopped():
			// A process that was killed meanwhile is gone: that is no mistake.
			_ = unix.PtraceCont(pid, int(t.stopped(pid, status)))
		default:
			delete(t.known, pid)
		}
	}
}

// stopped deals with a thread that stopped, and gives the signal that it shall get.
func (t *tracer) stopped(pid int, status unix.WaitStatus) unix.Signal {
	isNew := !t.known[pid]
	t.known[pid] = true
	switch signal := status.StopSignal(); {
	case signal == unix.SIGTRAP && status.TrapCause() == unix.PTRACE_EVENT_SECCOMP:
		t.answer(pid)
		return 0
	case signal == unix.SIGTRAP && status.TrapCause() == unix.PTRACE_EVENT_EXEC:
		hideVDSO(pid)
		return 0
	case signal == unix.SIGTRAP, signal == unix.SIGSTOP && isNew: // from the tracing itself
		return 0
	default:
		return signal
	}
}

// answer tells the wrong time in the place of the kernel.
func (t *tracer) answer(pid int) {
	var regs unix.PtraceRegs
	if unix.PtraceGetRegs(pid, &regs) != nil {
		return
	}
	now, address, fraction := time.Now(), regs.Rdi, uint64(0)
	switch regs.Orig_rax {
	case unix.SYS_CLOCK_GETTIME:
		address, fraction = regs.Rsi, uint64(now.Nanosecond())
	case unix.SYS_GETTIMEOFDAY:
		fraction = uint64(now.Nanosecond() / 1000)
	default:
		return
	}
	answer := binary.LittleEndian.AppendUint64(nil, uint64(now.Unix()+t.offset))
	answer = binary.LittleEndian.AppendUint64(answer, fraction)
	if _, err := unix.PtracePokeData(pid, uintptr(address), answer); err != nil {
		return
	}
	regs.Orig_rax, regs.Rax = ^uint64(0), 0 // no call, and its result
	_ = unix.PtraceSetRegs(pid, &regs)
}

// hideVDSO takes the vDSO from the auxiliary vector of a program that is about to start (proc(5), getauxval(3)).
func hideVDSO(pid int) {
	const sysinfoEHDR, ignore, word = 33, 1, 8
	var regs unix.PtraceRegs
	if unix.PtraceGetRegs(pid, &regs) != nil {
		return
	}
	at := uintptr(regs.Rsp)
	read := func() uint64 {
		var buf [word]byte
		if _, err := unix.PtracePeekData(pid, at, buf[:]); err != nil {
			return 0
		}
		at += word
		return binary.LittleEndian.Uint64(buf[:])
	}
	at += uintptr(read()) * word // the number of arguments, and they
	read()                       // the end of the arguments
	for read() != 0 {            // the environment
	}
	for {
		switch read() {
		case 0:
			return
		case sysinfoEHDR:
			_, _ = unix.PtracePokeData(pid, at-word, binary.LittleEndian.AppendUint64(nil, ignore))
			return
		}
		at += word
	}
}
