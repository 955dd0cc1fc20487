// Command cgo-check says whether there is C in the Go programs of an image, or in a program file, and what that means for it.
//
// It exits with 0 if there is nothing that is asked to fail on, 1 if there is, 2 if it was called wrongly, and 3 if something could not
// be read.
package main

import (
	"os"

	"github.com/modship-build/modship/internal/imagetool"
)

func main() { os.Exit(imagetool.Run(newCommand())) }
