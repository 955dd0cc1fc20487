//go:build linux

package integration

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// terminal is a shell that stays: folders, variables and what runs in the background are there for the next command. It ends with the test,
// and what it has started with it.
type terminal struct {
	in  io.Writer
	out *bufio.Reader
	pid int
}

func openTerminal(t *testing.T, dir string, env []string) *terminal {
	t.Helper()
	cmd := exec.Command("bash", "--noprofile", "--norc")
	cmd.Dir, cmd.Env = dir, env
	return openShell(t, cmd)
}

// openShell is a terminal with a shell that has not been started.
func openShell(t *testing.T, cmd *exec.Cmd) *terminal {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, screen, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = screen, screen
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	screen.Close()
	x := &terminal{in: in, out: bufio.NewReader(out), pid: cmd.Process.Pid}
	t.Cleanup(func() {
		x.end()
		_ = cmd.Wait() // it was killed
		out.Close()
	})
	return x
}

// end ends the shell and its children.
func (x *terminal) end() { _ = syscall.Kill(-x.pid, syscall.SIGKILL) }

// types runs a command, and gives what it printed, its exit code, and the time that it took. One that takes half an hour is ended.
func (x *terminal) types(t *testing.T, command string) (said string, code int, took time.Duration) {
	t.Helper()
	started := time.Now()
	late := time.AfterFunc(30*time.Minute, x.end)
	defer late.Stop()
	// Behind a byte that no program prints is the exit code.
	if _, err := fmt.Fprintf(x.in, "{ %s\n} </dev/null; printf '\\0%%d\\n' $?\n", command); err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	said, err := x.out.ReadString(0)
	said = strings.TrimSuffix(said, "\x00")
	if err != nil {
		t.Fatalf("%s: the shell has ended: %v\n%s", command, err, said)
	}
	line, err := x.out.ReadString('\n')
	if err == nil {
		code, err = strconv.Atoi(strings.TrimSpace(line))
	}
	if err != nil {
		t.Fatalf("%s: reading the exit code: %v", command, err)
	}
	return said, code, time.Since(started)
}
