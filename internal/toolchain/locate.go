package toolchain

import (
	"errors"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
)

// Locate makes of a [WantError] the mistake in the line that asks for a Go that cannot be had. config is the place of the key
// "go" of the configuration. Any other error, and nil, stays what it is.
func Locate(err error, facts *gomod.Facts, config diag.Range) error {
	want, ok := errors.AsType[*WantError](err)
	if !ok {
		return err
	}
	at := facts.GoLine()
	switch want.Input {
	case InputConfig:
		at = config
	case InputToolchain:
		at = facts.ToolchainLine()
	}
	return &diag.Error{Range: at, Msg: want.Msg, Help: want.Help}
}
