//go:build !linux

package engine

import (
	"context"
	"errors"
)

func connectPrivate(context.Context, Options) (*Engine, error) {
	return nil, errors.New("no BuildKit found, and a private one runs on Linux only; " +
		"name a running one (--addr or BUILDKIT_HOST), or start Docker")
}

// Supervise is of use on Linux only.
func Supervise([]string) int { return 2 }
