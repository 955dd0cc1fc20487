//go:build !linux

package engine

import (
	"context"
	"errors"
	"net/netip"

	"github.com/modship-build/modship/internal/stepnet"
)

func connectPrivate(context.Context, Options) (*Engine, error) {
	return nil, errors.New("no BuildKit found, and a private one runs on Linux only; " +
		"name a running one (--addr or BUILDKIT_HOST), or start Docker")
}

func registerSteps(context.Context, string, stepnet.Settings) (netip.Addr, error) {
	return netip.Addr{}, errors.New("only the private BuildKit has a network of its own")
}

// Supervise is of use on Linux only.
func Supervise([]string) int { return 2 }
