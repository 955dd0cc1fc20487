// Command oci-diff says in what images, or other artifacts, differ and why their digests do.
//
// It exits with 0 if they do not, 1 if they do, 2 if it was called wrongly, and 3 if one could not be read.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/modship-build/modship/internal/safetext"
)

// The codes that the program exits with beside 0.
const (
	exitDifferent = 1
	exitUsage     = 2
	exitUnread    = 3
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	cmd := newCommand()
	cmd.SetOut(os.Stdout)
	cmd.SetErr(os.Stderr)
	os.Exit(code(cmd.ExecuteContext(ctx)))
}

// code tells an error, unless the output has said it, and gives the code to exit with.
func code(err error) int {
	var unread *unreadError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errDifferent):
		return exitDifferent
	}
	fmt.Fprintln(os.Stderr, "error: "+safetext.Error(err).Error())
	if errors.As(err, &unread) {
		return exitUnread
	}
	return exitUsage
}
