package engine

import (
	"errors"
	"testing"
	"time"
)

// A program that forgets the dispatch runs its own main when it should supervise, and must not start the next one.
func TestMissingDispatchIsNoticed(t *testing.T) {
	if err := checkDispatch([]string{"modship", SuperviseCommand, "run"}); !errors.Is(err, errNoDispatch) {
		t.Errorf("got %v", err)
	}
	for _, args := range [][]string{nil, {"modship"}, {SuperviseCommand}, {"modship", "build", SuperviseCommand}} {
		if err := checkDispatch(args); err != nil {
			t.Errorf("%q: %v", args, err)
		}
	}
}

func TestSuperviseRefusesOtherArguments(t *testing.T) {
	for _, args := range [][]string{nil, {"run"}, {"run", "no JSON"}, {"exec"}, {"stop", "x"}} {
		if code := Supervise(args); code != 1 {
			t.Errorf("%q: exit code %d", args, code)
		}
	}
}

func TestLeaseIsUsed(t *testing.T) {
	s := state{t.TempDir()}
	f, err := openLease(launch{Dir: s.dir})
	if err != nil {
		t.Fatal(err)
	}
	defer f.file.Close()
	f.used() // The first look only remembers the time.
	if f.used() {
		t.Fatal("a lease that nobody ever took is used")
	}
	unlock(f.file)
	client, err := takeLease(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // to ask must not change the answer
		if !f.used() {
			t.Error("a lease that is held is not used")
		}
	}
	client.Close()
	if !f.used() {
		t.Error("a lease that was held a moment ago is not used")
	}
	// File times have the resolution of the kernel's tick.
	time.Sleep(20 * time.Millisecond)
	brief, err := takeLease(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	brief.Close()
	if !f.used() {
		t.Error("a client that came and went was not noticed")
	}
	if f.used() {
		t.Error("a free lease is used")
	}
}
