// Package errgroup is golang.org/x/sync/errgroup, but that a panic in a goroutine of a group is the error of that goroutine. Elsewhere
// it would end the program: BuildKit shows no more of a crashed frontend than its exit code, and a client that crashes leaves its build
// behind.
package errgroup

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"golang.org/x/sync/errgroup"
)

// ErrPanic marks an error in modship itself.
var ErrPanic = errors.New("modship crashed, which is a bug in it")

// Recover is for a deferred call: it turns a panic into an error, with the stack that it came from.
func Recover(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%w: %v\n%s", ErrPanic, r, debug.Stack())
	}
}

// Group is errgroup.Group. The zero value works.
type Group struct {
	zero errgroup.Group
	of   *errgroup.Group // if it is not zero
}

// WithContext is errgroup.WithContext.
func WithContext(ctx context.Context) (*Group, context.Context) {
	g, ctx := errgroup.WithContext(ctx)
	return &Group{of: g}, ctx
}

func (g *Group) group() *errgroup.Group {
	if g.of != nil {
		return g.of
	}
	return &g.zero
}

// Go runs f in a goroutine, as soon as the limit allows.
func (g *Group) Go(f func() error) {
	g.group().Go(func() (err error) {
		defer Recover(&err)
		return f()
	})
}

// SetLimit bounds how many run at a time.
func (g *Group) SetLimit(n int) { g.group().SetLimit(n) }

// Wait waits for all and gives the first error.
func (g *Group) Wait() error { return g.group().Wait() }
