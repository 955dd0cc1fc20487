package vcs

import (
	"testing"
	"time"
)

// TestCommitted: a time is in UTC, or not known where RFC 3339 cannot say it.
func TestCommitted(t *testing.T) {
	for seconds, want := range map[int64]string{
		0: "1970-01-01T00:00:00Z", 1704164645: "2024-01-02T03:04:05Z", 253402300799: "9999-12-31T23:59:59Z", 253402300800: "", -1: "",
	} {
		when := time.Unix(seconds, 0).In(time.FixedZone("", -34200))
		got := commitTime(&commit{committed: when})
		if want == "" && !got.IsZero() || want != "" && got.Format(time.RFC3339) != want {
			t.Errorf("%d: %v, want %q", seconds, got, want)
		}
	}
}
