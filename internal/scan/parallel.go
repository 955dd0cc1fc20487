package scan

import (
	"runtime"

	"golang.org/x/sync/errgroup"
)

// parallel calls do for every item, on all processors, and returns when all are done.
func parallel[T any](items []T, do func(i int, item T)) {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, item := range items {
		g.Go(func() error { do(i, item); return nil })
	}
	_ = g.Wait() // no call fails
}
