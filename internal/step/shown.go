package step

import (
	"io"
	"os"

	"github.com/modship-build/modship/internal/safetext"
)

// shown is where the programs that a step runs say something: BuildKit shows it, and it may repeat names and text of anybody's
// files. A last piece of a line that ends like the beginning of a command is lost.
func shown() io.Writer { return safetext.NewWriter(os.Stderr) }
