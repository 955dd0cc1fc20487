//go:build linux && amd64

// Command clock runs a program, and all that this starts, with a clock that is wrong by a number of seconds:
//
//	clock SECONDS PROGRAM ARGUMENT…
//
// libfaketime stands before the C library, which Go programs do not ask for the time; so this one stands before the kernel. It
// hides the vDSO from programs, which lets them ask for the time by system calls, and answers those. Times of files are the
// kernel's own and stay right.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// inner is the name under which this program starts itself to be traced.
const inner = "clock-inner"

func main() {
	err := errors.New("want SECONDS PROGRAM ARGUMENT…")
	switch {
	case len(os.Args) > 1 && os.Args[0] == inner:
		err = become(os.Args[1:])
	case len(os.Args) > 2:
		err = follow(os.Args[1], os.Args[2:])
	}
	fmt.Fprintln(os.Stderr, "clock:", err)
	os.Exit(125)
}

// become asks the kernel to stop at the system calls that tell the time, and turns into the program.
func become(command []string) error {
	file, err := exec.LookPath(command[0])
	if err != nil {
		return err
	}
	if err := filter(); err != nil {
		return fmt.Errorf("installing the filter: %w", err)
	}
	return unix.Exec(file, command, os.Environ())
}

// follow is the tracer. It ends with the exit code of the program.
func follow(offset string, command []string) error {
	seconds, err := strconv.ParseInt(offset, 10, 64)
	if err != nil {
		return err
	}
	runtime.LockOSThread() // a tracer is a thread
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: append([]string{inner}, command...),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		SysProcAttr: &unix.SysProcAttr{Ptrace: true, Pdeathsig: unix.SIGKILL},
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	t := tracer{offset: seconds, known: map[int]bool{cmd.Process.Pid: true}}
	if _, err := unix.Wait4(cmd.Process.Pid, nil, 0, nil); err != nil {
		return err
	}
	err = unix.PtraceSetOptions(cmd.Process.Pid, unix.PTRACE_O_TRACEFORK|unix.PTRACE_O_TRACEVFORK|unix.PTRACE_O_TRACECLONE|
		unix.PTRACE_O_TRACEEXEC|unix.PTRACE_O_TRACESECCOMP|unix.PTRACE_O_EXITKILL)
	if err != nil {
		return err
	}
	if err := unix.PtraceCont(cmd.Process.Pid, 0); err != nil {
		return err
	}
	return t.loop(cmd.Process.Pid)
}
