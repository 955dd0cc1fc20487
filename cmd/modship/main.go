// Command modship builds OCI images of Go modules with BuildKit. One static binary has both roles: the command line
// (modship build) and the frontend of the image that a "# syntax=" line names (modship frontend). What runs inside the build's steps is
// cmd/modship-step; modship can stand in for it (modship step).
package main

import (
	"context"
	"os"

	"github.com/modship-build/modship/internal/cli"
	"github.com/modship-build/modship/internal/engine"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == engine.SuperviseCommand {
		os.Exit(engine.Supervise(os.Args[2:]))
	}
	root := cli.NewRoot()
	root.SetArgs(cli.JoinLoad(os.Args[1:]))
	// BuildKit puts os.Args into the stack traces of errors (buildkit/util/stack). They go to the daemon and stay in its history, and
	// arguments may have passwords in them.
	os.Args = os.Args[:1]
	err := root.ExecuteContext(context.Background())
	os.Exit(cli.Report(os.Stderr, err))
}
