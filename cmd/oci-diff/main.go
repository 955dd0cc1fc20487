// Command oci-diff says in what images, or other artifacts, differ and why their digests do.
//
// It exits with 0 if they do not, 1 if they do, 2 if it was called wrongly, and 3 if one could not be read.
package main

import (
	"os"

	"github.com/modship-build/modship/internal/imagetool"
)

func main() { os.Exit(imagetool.Run(newCommand())) }
