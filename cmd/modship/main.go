// Command modship builds OCI images of Go modules with BuildKit. One static binary has every role: the command line
// (modship build), the frontend of the image that a "# syntax=" line names (modship frontend), and the program that runs
// inside the build's steps (modship step).
package main

import (
	"context"
	"os"

	"github.com/modship-build/modship/internal/buildcmd"
	"github.com/modship-build/modship/internal/engine"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == engine.SuperviseCommand {
		os.Exit(engine.Supervise(os.Args[2:]))
	}
	err := newRoot().ExecuteContext(context.Background())
	os.Exit(buildcmd.Report(os.Stderr, err))
}
