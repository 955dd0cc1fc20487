// Package child starts programs that end at the latest with this one, also when that is killed. It is there on Linux only.
package child

import (
	"os/exec"
	"runtime"
	"syscall"
)

// Start starts a program, and has the kernel kill it when this process ends. gone is closed when it has ended; its exit status
// is then in cmd.ProcessState.
func Start(cmd *exec.Cmd) (gone <-chan struct{}, err error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	started, ended := make(chan error, 1), make(chan struct{})
	go func() {
		// The kernel sends the signal when the starting thread ends (golang/go#27505), so this thread stays until the child has.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // the status stays in cmd
			close(ended)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return ended, nil
}
