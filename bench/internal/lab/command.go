//go:build linux

package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Command is a program that a peer runs.
type Command struct {
	Args []string
	Env  []string
	Dir  string
}

// Run is what came of commands that ran one after the other.
type Run struct {
	// Seconds is the wall clock of all of them.
	Seconds float64
	// Log is what they printed.
	Log string
	// Memory is what they took, in bytes.
	Memory Memory
}

// Execute runs commands one after the other, for no longer than ctx lasts, and takes their time. root is the state of the
// daemon whose frontend container's memory is watched; it may be empty. The run is valid also with an error.
func (l *Lab) Execute(ctx context.Context, commands []Command, root string) (Run, error) {
	log, err := os.CreateTemp(l.Dir, "log-")
	if err != nil {
		return Run{}, err
	}
	defer os.Remove(log.Name())
	defer log.Close()
	var run Run
	for _, c := range commands {
		var took time.Duration
		var memory Memory
		if took, memory, err = execute(ctx, c, root, log); err != nil {
			break
		}
		run.Seconds += took.Seconds()
		run.Memory = run.Memory.max(memory)
	}
	text, readErr := os.ReadFile(log.Name())
	run.Log = string(text)
	return run, errors.Join(err, readErr)
}

func execute(ctx context.Context, c Command, root string, log *os.File) (time.Duration, Memory, error) {
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = c.Env, c.Dir, log, log
	// A group of its own, so that what the client leaves behind can be ended with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = 15 * time.Second
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, Memory{}, fmt.Errorf("starting %s: %w", c.Args[0], err)
	}
	w := watch(cmd.Process.Pid, root)
	err := cmd.Wait()
	took := time.Since(started)
	memory := w.stop()
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		memory.Tree = usage.Maxrss << 10
	}
	if kill := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); kill != nil && !errors.Is(kill, syscall.ESRCH) {
		err = errors.Join(err, kill)
	}
	if ctx.Err() != nil {
		err = errors.Join(context.Cause(ctx), err)
	}
	return took, memory, err
}

// Tail is the last n lines of a text.
func Tail(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
