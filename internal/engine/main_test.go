package engine

import (
	"context"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// clientMode makes the test binary a client of the private daemon in the cache directory that the variable names: it prints
// the daemon's address and stays connected until its standard input ends.
const clientMode = "MODSHIP_TEST_CLIENT"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == SuperviseCommand {
		os.Exit(Supervise(os.Args[2:]))
	}
	if dir := os.Getenv(clientMode); dir != "" {
		os.Exit(runClient(dir))
	}
	os.Exit(m.Run())
}

func runClient(dir string) int {
	e, err := connectPrivate(context.Background(), Options{CacheDir: dir, Progress: os.Stderr})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(e.Addr)
	io.Copy(io.Discard, os.Stdin)
	e.Close()
	return 0
}

// testCache is where tools are kept from one test run to the next.
func testCache(t *testing.T) string {
	t.Helper()
	dir, err := testbed.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// testLog is a progress writer for a test.
type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Logf("progress: %s", p)
	return len(p), nil
}

// env makes a Getenv of pairs.
func env(pairs map[string]string) func(string) string {
	return func(key string) string { return pairs[key] }
}
