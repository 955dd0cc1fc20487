package testbed_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// recorder ends a goroutine as a test does, and notes how.
type recorder struct{ outcome string }

func (*recorder) Helper() {}

func (r *recorder) Fatalf(format string, args ...any) { r.end("failed: "+format, args...) }

func (r *recorder) Skipf(format string, args ...any) { r.end("skipped: "+format, args...) }

func (r *recorder) end(format string, args ...any) {
	r.outcome = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func TestMissing(t *testing.T) {
	for ci, want := range map[string]string{"": "skipped: missing: 2 programs", "true": "failed: missing: 2 programs"} {
		t.Setenv("CI", ci)
		var r recorder
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			testbed.Missing(&r, "%d programs", 2)
		}()
		<-ended
		if r.outcome != want {
			t.Errorf("with CI=%q: %q, want %q", ci, r.outcome, want)
		}
	}
}
