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

// errOnlyLinux is for what there is to do with a private daemon.
var errOnlyLinux = errors.New("a private BuildKit runs on Linux only")

// Inspect is of use on Linux only.
func Inspect(context.Context, Options) (Info, error) { return Info{}, errOnlyLinux }

// Prune is of use on Linux only.
func Prune(context.Context, Options, PruneOptions) (Pruned, error) { return Pruned{}, errOnlyLinux }

// Stop is of use on Linux only.
func Stop(context.Context, Options, StopOptions) (bool, error) { return false, errOnlyLinux }
func privateFound(context.Context, Options) Found {
	return Found{Name: Private, Driver: Private}.failed(errors.New("it runs on Linux only"))
}

func registerSteps(context.Context, string, stepnet.Settings) (netip.Addr, error) {
	return netip.Addr{}, errors.New("only the private BuildKit has a network of its own")
}

// Supervise is of use on Linux only.
func Supervise([]string) int { return 2 }
