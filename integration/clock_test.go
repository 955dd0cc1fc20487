//go:build linux

package integration

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fiveYears is how much a wrong clock is wrong.
const fiveYears = 5 * 365 * 24 * time.Hour

// withClock is the command under which a program, and all that it starts, has a clock that is fast or, below zero, slow.
func withClock(t *testing.T, fast time.Duration) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "clock")
	if err := writeFile(file, bytes.NewReader(compileProgram(t, "amd64", "testdata/clock")), 0o755); err != nil {
		t.Fatal(err)
	}
	return []string{file, fmt.Sprint(int64(fast.Seconds()))}
}

// TestWrongClock builds where it is years ago, on a machine that has never built anything, what the golden file has the digest
// of. TestFreshMachines has a client with a wrong clock.
func TestWrongClock(t *testing.T) {
	needFull(t)
	setUp(t)
	proxy := httptest.NewServer(goProxy(t, nil)) // years ago no certificate was valid
	defer proxy.Close()
	r := client.build(t, build{
		dir: example(t, "hello"), daemon: pastDaemon(t), platforms: "linux/amd64",
		args: []string{"GOPROXY=" + proxy.URL}, with: withClock(t, -fiveYears),
	})
	r.executed(t, "compile")
	if diff := cmp.Diff(knownDigests(t)["hello"]["linux/amd64"], lastingDigests(t, r)["linux/amd64"]); diff != "" {
		t.Errorf("digest (-golden +got):\n%s", diff)
	}
}

// pastDaemon starts a daemon without any cache, which together with its build steps has a clock that is slow.
//
// It is not fast: files would have been made years ago, because their times are the kernel's, and steps remove what is old
// from their caches.
func pastDaemon(t *testing.T) *daemon {
	t.Helper()
	l := setUp(t)
	// The daemon is looked for in a folder that is named after its version.
	version, err := filepath.Rel(l.cache, l.tools)
	if err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\nexec %s %s \"$@\"\n", strings.Join(withClock(t, -fiveYears), " "), filepath.Join(l.tools, "buildkitd"))
	if err := writeFile(filepath.Join(cache, version, "buildkitd"), strings.NewReader(script), 0o755); err != nil {
		t.Fatal(err)
	}
	d := emptyDaemon(t, cache)
	log := string(readFile(t, d.Log()))
	if year := fmt.Sprint(time.Now().Add(-fiveYears).Year()); !strings.Contains(log, year) {
		t.Fatalf("the daemon does not think that it is %s:\n%s", year, log)
	}
	return d
}
