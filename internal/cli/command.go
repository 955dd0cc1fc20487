package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// oneDir is cobra.MaximumNArgs(1) for the commands whose argument is a directory; it says what to do instead of naming two.
func oneDir(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("one directory at most, that of a module or of a main package, not %d: %s; modship build takes several programs as ./cmd/... or --target NAME,NAME",
			len(args), strings.Join(args, ", "))
	}
	return nil
}

// inDir runs a command on the folder that its argument names, until it ends or the user interrupts it.
func inDir(env Env, dir *string, run func(context.Context) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		*dir = append(args, ".")[0]
		return interruptibly(env, run)(cmd, args)
	}
}

// interruptibly runs a command until it ends or the user interrupts it.
func interruptibly(env Env, run func(context.Context) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		signals := make(chan os.Signal, 2)
		signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
		defer signal.Stop(signals)
		ctx, stop := interruptible(cmd.Context(), signals, env.Stderr, os.Exit)
		defer stop()
		return run(ctx)
	}
}

// interruptible returns a context that the first signal ends, with [errInterrupted] as its cause. The build then still waits
// for BuildKit to let go of its work; the second signal calls exit without waiting. The returned function stops listening.
func interruptible(parent context.Context, signals <-chan os.Signal, stderr io.Writer, exit func(code int)) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	done := make(chan struct{})
	go func() {
		select {
		case <-signals:
			fmt.Fprintln(stderr, "cancelling the build; interrupt again to leave at once")
			cancel(errInterrupted)
		case <-done:
			return
		}
		select {
		case <-signals:
			exit(ExitInterrupted)
		case <-done:
		}
	}()
	return ctx, func() {
		close(done)
		cancel(context.Canceled)
	}
}
