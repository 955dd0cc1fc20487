package modproxy

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestSleepIsReal uses the timer that callers get without a Sleep of their own, in a bubble with its own clock.
func TestSleepIsReal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := time.Now()
		if err := (&Client{}).sleep(t.Context(), time.Hour); err != nil || time.Since(before) != time.Hour {
			t.Errorf("slept %v, %v", time.Since(before), err)
		}
	})
}
