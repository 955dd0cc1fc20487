// Command inside runs a program in a root of its own. It is started in a mount namespace of its own, and told on its standard input what
// to mount and to run; if that is nothing, it ends without an error. It is a program for itself because it is started often.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"syscall"

	"github.com/modship-build/modship/internal/testing/steproot"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// The root is the first mount.
func run() error {
	var in struct {
		Mounts    []steproot.Mount
		Args, Env []string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		return err
	}
	if len(in.Args) == 0 {
		return nil
	}
	if err := steproot.Enter(in.Mounts[0].From, in.Mounts[1:]); err != nil {
		return fmt.Errorf("making the root of a step: %w", err)
	}
	return syscall.Exec(in.Args[0], in.Args, in.Env)
}
