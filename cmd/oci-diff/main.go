// Command oci-diff says in what images, or other artifacts, differ and why their digests do.
//
// It exits with 0 if they do not, 1 if they do, 2 if it was called wrongly, and 3 if one could not be read.
package main

import (
	"os"
	"runtime/debug"

	"github.com/modship-build/modship/internal/imagetool"
)

// memory is what is used before memory is collected more often. What is held at a time is less.
const memory = 160 << 20

func main() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memory)
	}
	os.Exit(imagetool.Run(newCommand()))
}
