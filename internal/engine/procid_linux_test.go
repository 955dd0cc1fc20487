package engine

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

func TestParseStat(t *testing.T) {
	const rest = " 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20"
	for name, tt := range map[string]struct {
		in    string
		start uint64
		state byte
		ok    bool
	}{
		"plain":               {"12 (sh) S" + rest, 4711, 'S', true},
		"spaces and brackets": {"12 (a ) Z (b) R) Z" + rest, 4711, 'Z', true},
		"empty":               {"", 0, 0, false},
		"short":               {"12 (sh) S 1 2", 0, 0, false},
		"no number":           {"12 (sh) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 x 20", 0, 'S', false},
	} {
		start, state, err := parseStat([]byte(tt.in))
		if start != tt.start || state != tt.state || (err == nil) != tt.ok {
			t.Errorf("%s: %d %c %v", name, start, state, err)
		}
	}
}

// Whatever a program calls itself, it cannot pass for a process with another start time.
func FuzzParseStat(f *testing.F) {
	f.Add("sh", uint64(1))
	f.Add(") S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 99 (", uint64(7))
	f.Fuzz(func(t *testing.T, name string, start uint64) {
		line := fmt.Sprintf("12 (%s) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 %d 20\n", name, start)
		got, state, err := parseStat([]byte(line))
		if err != nil || got != start || state != 'S' {
			t.Errorf("%q: %d %c %v", line, got, state, err)
		}
	})
}

func sleeper(t *testing.T) (*exec.Cmd, procID) {
	cmd := exec.Command("sleep", "600")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	id, err := identify(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	return cmd, id
}

func TestKillEndsTheProcess(t *testing.T) {
	cmd, id := sleeper(t)
	if !id.alive() {
		t.Fatal("a running process is not alive")
	}
	if err := id.kill(t.Context()); err != nil {
		t.Fatal(err)
	}
	// It is a zombie until here.
	if id.alive() {
		t.Error("a killed process is alive")
	}
	cmd.Wait()
	if err := id.kill(t.Context()); err != nil {
		t.Errorf("killing it again: %v", err)
	}
}

func TestKillSparesAReusedPID(t *testing.T) {
	_, id := sleeper(t)
	for _, other := range []procID{
		{PID: id.PID, Start: id.Start - 1, Boot: id.Boot},
		{PID: id.PID, Start: id.Start, Boot: "another boot"},
		{PID: 0}, {PID: -1, Start: 1},
	} {
		if other.alive() {
			t.Errorf("%v passes for %v", other, id)
		}
		if err := other.kill(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if !id.alive() {
		t.Error("another process was killed")
	}
}

func TestIdentifySelf(t *testing.T) {
	id, err := identify(os.Getpid())
	if err != nil || !id.alive() || id.Boot == "" {
		t.Errorf("%+v, %v", id, err)
	}
}
