package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// clientMode makes the test binary a client of the private daemon in the cache directory that the variable names: it does what
// clientDoes says. By default it prints the daemon's address and stays connected until its standard input ends.
const (
	clientMode = "MODSHIP_TEST_CLIENT"
	clientDoes = "MODSHIP_TEST_DOES"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == SuperviseCommand {
		os.Exit(Supervise(os.Args[2:]))
	}
	if dir := os.Getenv(clientMode); dir != "" {
		os.Exit(runClient(dir, os.Getenv(clientDoes)))
	}
	os.Exit(m.Run())
}

// clientWork is what a client can do in a cache directory; its answer is printed as JSON.
var clientWork = map[string]func(o Options) (any, error){
	"inspect": func(o Options) (any, error) { return Inspect(context.Background(), o) },
	"stop":    func(o Options) (any, error) { return Stop(context.Background(), o, StopOptions{Remove: true}) },
	"":        stayConnected,
}

func runClient(dir, does string) int {
	answer, err := clientWork[does](Options{CacheDir: dir, Progress: os.Stderr, Getenv: os.Getenv})
	if err == nil && answer != nil {
		err = json.NewEncoder(os.Stdout).Encode(answer)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func stayConnected(o Options) (any, error) {
	e, err := connectPrivate(context.Background(), o)
	if err != nil {
		return nil, err
	}
	fmt.Println(e.Addr)
	io.Copy(io.Discard, os.Stdin)
	return nil, e.Close()
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
