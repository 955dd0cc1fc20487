package ownpolicy

import (
	"fmt"
	"runtime"
	"runtime/metrics"
	"time"
)

// bounds are those of one evaluation of an expression of CEL or a rule of Rego.
type bounds struct {
	time time.Duration
	// memory is how many bytes the heap of the program may grow by.
	memory uint64
}

var evalBounds = bounds{time: 30 * time.Second, memory: 512 << 20}

// grace is how long an evaluation may take to notice that it is canceled.
const grace = 5 * time.Second

// within evaluates, and cancels what goes beyond the bounds. One that does not notice, because it is within one function, is left alone:
// it takes time of a processor, but what functions can take of memory is bounded otherwise.
func within[T any](b bounds, cancel func(), eval func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done, results := make(chan struct{}), make(chan result, 1)
	go func() {
		defer close(done)
		value, err := eval()
		results <- result{value, err}
	}()
	if broken := b.wait(done); broken != nil {
		cancel()
		select {
		case <-done:
		case <-time.After(grace):
		}
		return *new(T), broken
	}
	r := <-results
	return r.value, r.err
}

// wait gives nil when the evaluation is done, and an error when it takes too much.
func (b bounds) wait(done <-chan struct{}) error {
	start, late, tick := heap(), time.NewTimer(b.time), time.NewTicker(5*time.Millisecond)
	defer late.Stop()
	defer tick.Stop()
	for {
		select {
		case <-done:
			return nil
		case <-late.C:
			return fmt.Errorf("it takes longer than %s", b.time)
		case <-tick.C:
		}
		if heap() < start+b.memory {
			continue
		}
		// What is garbage counts until it is collected.
		if runtime.GC(); heap() >= start+b.memory {
			return fmt.Errorf("it needs more than %d MiB of memory", b.memory>>20)
		}
	}
}

// heap is how many bytes objects take.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
