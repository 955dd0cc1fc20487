package hostile

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/modship-build/modship/internal/testing/testbed"
)

const (
	// MaxMemory is what a command may hold of memory, whatever it reads.
	MaxMemory = 200 << 20
	// maxTime is far above what any input takes, so that a slow machine fails no test.
	maxTime = 5 * time.Minute
	// exitUnread is the code of all image commands for what they cannot read.
	exitUnread = 3
)

// Outcome is what came of a command.
type Outcome struct {
	Code   int
	Output string // of both streams
	Took   time.Duration
	// Peak is the high-water mark of its memory, in bytes.
	Peak int64
}

// Run runs a command.
func Run(tb testing.TB, command string, args ...string) Outcome {
	tb.Helper()
	var out bytes.Buffer
	cmd := exec.CommandContext(tb.Context(), command, args...)
	cmd.Env = append(os.Environ(), "GOTRACEBACK=all")
	cmd.Stdout, cmd.Stderr = &out, &out
	took, peak, err := testbed.Measure(cmd)
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		tb.Fatal(err)
	}
	return Outcome{cmd.ProcessState.ExitCode(), out.String(), took, peak}
}

// Stands wants a command to refuse each input with what is wrong with it, or to read it, in bounded memory and time. args are those
// that make it read an image whole; with layers it does so.
func Stands(t *testing.T, inputs []Input, command string, args func(ref string) []string) {
	for _, in := range inputs {
		t.Run(strings.ReplaceAll(in.Name, " ", "-"), func(t *testing.T) {
			got := Run(t, command, args(in.Ref)...)
			t.Logf("%d MiB, %.1f s", got.Peak>>20, got.Took.Seconds())
			said := got.Output[:min(len(got.Output), 4096)]
			switch {
			case strings.Contains(got.Output, "goroutine ") || got.Code < 0 || got.Code > exitUnread:
				t.Errorf("exit code %d\n%s", got.Code, got.Output)
			case in.Error != "" && (got.Code != exitUnread || !strings.Contains(got.Output, in.Error)):
				t.Errorf("exit code %d, and not 3 with %q\n%s", got.Code, in.Error, said)
			case in.Error == "" && got.Code > 1:
				t.Errorf("exit code %d\n%s", got.Code, said)
			}
			if got.Peak > MaxMemory {
				t.Errorf("%d MiB of memory", got.Peak>>20)
			}
			if got.Took > maxTime {
				t.Errorf("it took %s", got.Took)
			}
		})
	}
	if _, err := os.Stat("/tmp/modship-was-here"); err == nil {
		t.Error("a file was written out of the image")
	}
}
