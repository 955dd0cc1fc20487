package step

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/modship-build/modship/internal/request"
)

// A build for eight platforms has eight steps that compile at the same time, and a bake has more. cmd/go runs a compiler on each processor,
// so they would run eight times as many as there are processors, each with its memory, and be no faster. So the steps of a module take
// slots, files that they lock in a mount that all of them have: the kernel unlocks them when a step ends, however it does.

// A kind of slots. The compile of dependencies is broad, and uses all processors most of the time by itself; a link uses one.
type slots struct {
	kind string
	// number is how many there are, by the number of compilers that the machine has room for.
	number func(compilers int) int
}

var (
	depsSlots    = slots{"deps", func(compilers int) int { return max(1, compilers/4) }}
	compileSlots = slots{"compile", func(compilers int) int { return compilers }}
)

// slot is one that is taken.
type slot struct {
	lock *os.File
	// compilers is how many the step may run at a time.
	compilers int
}

// take waits for a slot. Steps that share no mount with others take none.
func (s slots) take() (*slot, error) {
	compilers := readAllowance(os.DirFS("/"), runtime.NumCPU()).compilers()
	if !exists(request.Slots) {
		return &slot{compilers: compilers}, nil
	}
	taken, err := s.takeIn(request.Slots, compilers)
	if err != nil {
		return nil, fmt.Errorf("waiting for other builds that compile: %w", err)
	}
	return taken, nil
}

// slotPause is how long the first in the queue waits before it looks again.
const slotPause = 10 * time.Millisecond

func (s slots) takeIn(dir string, compilers int) (*slot, error) {
	queue, err := lockFile(filepath.Join(dir, s.kind+"-queue"), true)
	if err != nil {
		return nil, err
	}
	defer queue.Close()
	for said := false; ; said = true {
		taken, busy, err := s.try(dir, s.number(compilers))
		if err != nil {
			return nil, err
		}
		if taken != nil {
			return &slot{lock: taken, compilers: max(1, compilers/(busy+1))}, nil
		}
		if !said {
			fmt.Fprintln(shown(), "waiting until other steps have compiled")
		}
		time.Sleep(slotPause)
	}
}

// try takes the first slot that is free and counts those that are not.
func (s slots) try(dir string, number int) (taken *os.File, busy int, err error) {
	for i := range number {
		f, err := lockFile(filepath.Join(dir, s.kind+"-"+strconv.Itoa(i)), false)
		switch {
		case err != nil:
			return nil, 0, err
		case f == nil:
			busy++
		case taken == nil:
			taken = f
		default:
			f.Close()
		}
	}
	return taken, busy, nil
}

// free gives the slot back.
func (s *slot) free() {
	if s.lock != nil {
		s.lock.Close()
	}
}

// maxCompiler is what a compiler hardly ever needs more of, in bytes.
const maxCompiler = 512 << 20

// compilers is how many can run at a time: one on each processor, if there is memory for so many.
func (a allowance) compilers() int {
	if a.memory == 0 {
		return a.processors
	}
	return max(1, min(a.processors, int(min(a.memory/maxCompiler, 1<<20))))
}

// hasRoom tells whether there is memory for so many compilers.
func (a allowance) hasRoom(compilers int) bool {
	return a.memory == 0 || a.memory/maxCompiler >= uint64(compilers)
}
