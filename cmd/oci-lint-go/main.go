// Command oci-lint-go holds images, however these were made, against rules: what they say of themselves must be true of their files, and
// they must start.
//
// It exits with 0 if nothing is found, 1 if something is, 2 if it was called wrongly, and 3 if an image could not be read.
package main

import (
	"os"
	"time"

	"github.com/modship-build/modship/internal/imagetool"
)

func main() { os.Exit(imagetool.Run(newCommand(time.Now()))) }
