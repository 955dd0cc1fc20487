package step

import (
	"sync"
	"testing"
	"time"
)

// TestSlots has many steps at a time, which share what compilers there are.
func TestSlots(t *testing.T) {
	for _, test := range []struct {
		slots     slots
		compilers int
		steps     int // at the same time, of twelve
		each      []int
	}{
		{depsSlots, 1, 1, []int{1}},
		{depsSlots, 2, 1, []int{2}},
		{depsSlots, 16, 4, []int{16, 8, 5, 4}},
		{compileSlots, 2, 2, []int{2, 1}},
		{compileSlots, 3, 3, []int{3, 1, 1}},
	} {
		dir := t.TempDir()
		var first []*slot
		for _, want := range test.each {
			s, err := test.slots.takeIn(dir, test.compilers)
			if err != nil {
				t.Fatal(err)
			}
			if s.compilers != want {
				t.Errorf("%s with %d compilers: the step may run %d, want %d", test.slots.kind, test.compilers, s.compilers, want)
			}
			first = append(first, s)
		}
		var mu sync.Mutex
		running, most := len(first), len(first)
		var all sync.WaitGroup
		for range 12 {
			all.Go(func() {
				s, err := test.slots.takeIn(dir, test.compilers)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				running++
				most = max(most, running)
				mu.Unlock()
				time.Sleep(3 * time.Millisecond)
				mu.Lock()
				running--
				mu.Unlock()
				s.free()
			})
		}
		time.Sleep(20 * time.Millisecond)
		mu.Lock()
		running -= len(first)
		mu.Unlock()
		for _, s := range first {
			s.free()
		}
		all.Wait()
		if most != test.steps {
			t.Errorf("%s with %d compilers: %d steps at a time, want %d", test.slots.kind, test.compilers, most, test.steps)
		}
	}
}
