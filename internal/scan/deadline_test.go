package scan

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// slow is a file system that does not answer.
type slow struct{ fs.FS }

func (slow) Open(string) (fs.File, error) { select {} }

func TestDeadline(t *testing.T) {
	if _, err := Within(10*time.Millisecond, slow{fstest.MapFS{}}, request(t)); err == nil || !strings.Contains(err.Error(), "after 10ms") {
		t.Errorf("a scan without an end gives %v", err)
	}
	if r, err := Within(time.Minute, context("main.go", "package main\n\nfunc main() {}\n"), request(t)); err != nil || len(r.Mains) != 1 {
		t.Errorf("%v, %v", r, err)
	}
}
