// Command step is modship as far as the steps of a build run it: `modship step NAME`. It is built faster.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/modship-build/modship/internal/step"
)

func main() {
	if err := step.Run(context.Background(), os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
