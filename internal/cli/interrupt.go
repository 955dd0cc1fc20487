package cli

import (
	"context"
	"fmt"
	"io"
	"os"
)

// interruptible returns a context that the first signal ends, with [ErrInterrupted] as its cause. The build then still waits
// for BuildKit to let go of its work; the second signal calls exit without waiting. The returned function stops listening.
func interruptible(parent context.Context, signals <-chan os.Signal, stderr io.Writer, exit func(code int)) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	done := make(chan struct{})
	go func() {
		select {
		case <-signals:
			fmt.Fprintln(stderr, "cancelling the build; interrupt again to leave at once")
			cancel(ErrInterrupted)
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
