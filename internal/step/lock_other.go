//go:build !linux

package step

import (
	"errors"
	"os"
)

// lockFile is of no use here: steps run on Linux.
func lockFile(string, bool) (*os.File, error) { return nil, errors.ErrUnsupported }
