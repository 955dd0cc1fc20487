// Command modship-step is the program that runs inside the steps of a build, and the only one of Modship that does: `modship-step
// step NAME`, with the request in the environment, see package step.
//
// It is a program of its own because it is part of the key of every step: it changes when what the steps do changes, and not with
// the command line, the frontend, or the version of Modship. package stepprogram says how it reaches the daemon.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/modship-build/modship/internal/step"
)

func main() {
	if len(os.Args) < 2 || os.Args[1] != "step" {
		fmt.Fprintln(os.Stderr, "error: modship-step runs inside the steps of a build: want step NAME")
		os.Exit(2)
	}
	if err := step.Run(context.Background(), os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "error: "+err.Error())
		os.Exit(1)
	}
}
