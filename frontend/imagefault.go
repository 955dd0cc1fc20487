package frontend

import (
	"errors"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

// unreachableError is what the daemon says of an image that it cannot get. The name may be right.
type unreachableError struct{ error }

func (e *unreachableError) Unwrap() error { return e.error }

// unreachable wraps an error of the daemon; nil stays nil.
func unreachable(err error) error {
	if err == nil {
		return nil
	}
	return &unreachableError{err}
}

// imageMistake adds that an image cannot be used. It is a mistake of the user unless it could not be had.
func imageMistake(mistakes *diag.List, at diag.Range, err error, format string, args ...any) *diag.Error {
	e := mistakes.Addf(at, format, args...)
	e.Err = err
	if _, ok := errors.AsType[*unreachableError](err); ok {
		e.Fails = true
		e.Help = registryHelp(err)
	}
	return e
}

// registryHelp says what decides whom the daemon trusts: no secret of a build does.
func registryHelp(err error) string {
	if strings.Contains(err.Error(), "certificate signed by unknown authority") {
		return "it is BuildKit that pulls images: name the authority in its own configuration, buildkitd.toml, as ca of the registry"
	}
	return ""
}
