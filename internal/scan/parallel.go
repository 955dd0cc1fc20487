package scan

import (
	"runtime"

	"github.com/modship-build/modship/internal/errgroup"
)

// parallel calls do for every item, on all processors, and returns when all are done.
func parallel[T any](items []T, do func(i int, item T)) {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, item := range items {
		g.Go(func() error { do(i, item); return nil })
	}
	if err := g.Wait(); err != nil {
		panic(err) // where the caller can recover
	}
}
