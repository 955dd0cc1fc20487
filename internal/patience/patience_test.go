package patience

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestRetry: the pauses grow, and what is not worth it is not tried again. The timer is the one that callers get without their own, in a
// bubble with its own clock.
func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failure := errors.New("busy")
		for again, want := range map[bool]struct {
			tries int
			took  time.Duration
		}{true: {Attempts, 7 * firstPause}, false: {1, 0}} {
			before, tries := time.Now(), 0
			err := Retry(t.Context(), nil, func(error) bool { return again }, func() error { tries++; return failure })
			if !errors.Is(err, failure) || tries != want.tries || time.Since(before) != want.took {
				t.Errorf("again %t: %d tries in %v, %v", again, tries, time.Since(before), err)
			}
		}
	})
}
