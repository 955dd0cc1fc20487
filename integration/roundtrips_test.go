//go:build linux

package integration

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	bkclient "github.com/moby/buildkit/client"
	"google.golang.org/grpc"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/buildcmd"
)

// trips counts the calls that a client makes of the daemon, the frontend's among them, and how long it waits for each.
type trips struct {
	mu     sync.Mutex
	counts map[string]int
	waited map[string]time.Duration
}

func (t *trips) intercept(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	start := time.Now()
	err := invoke(ctx, method, req, reply, cc, opts...)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[path.Base(method)]++
	t.waited[path.Base(method)] += time.Since(start)
	return err
}

func (t *trips) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, name := range slices.Sorted(maps.Keys(t.counts)) {
		fmt.Fprintf(w, "%s\t%d\t%.3f s\n", name, t.counts[name], t.waited[name].Seconds())
	}
	_ = w.Flush()
	return b.String()
}

// TestRoundTrips: each call of the daemon by the frontend is time that nothing is built in. A build without a change makes few,
// and none of them reads a whole program.
func TestRoundTrips(t *testing.T) {
	l := setUp(t)
	dir := example(t, "web")
	build := func() *trips {
		counted := &trips{counts: map[string]int{}, waited: map[string]time.Duration{}}
		env := buildcmd.Env{
			Stdout: io.Discard, Stderr: io.Discard, LookupEnv: os.LookupEnv, GoEnv: buildcmd.GoEnv, Executable: l.modship,
			Frontend: frontend.FromClient,
			Connect: func(ctx context.Context, addr string) (*buildcmd.Daemon, error) {
				c, err := bkclient.New(ctx, addr, bkclient.WithGRPCDialOption(grpc.WithChainUnaryInterceptor(counted.intercept)))
				return &buildcmd.Daemon{Client: c, Close: func() { _ = c.Close() }}, err
			},
		}
		err := buildcmd.Run(t.Context(), env, buildcmd.Options{
			Dir: dir, Addr: l.daemon.Addr, Platforms: []string{"linux/amd64", "linux/arm64"}, Progress: "quiet",
			Outputs: []string{"type=cacheonly"},
		})
		if err != nil {
			t.Fatal(err)
		}
		return counted
	}
	build()
	again := build()
	t.Logf("a build of two platforms without a change:\n%s", again)
	// Two platforms: an analysis, an image, what is said of the program and an SBOM for each; and what is there once.
	for name, most := range map[string]int{"Solve": 18, "ReadFile": 18, "StatFile": 20, "ReadDir": 8, "Evaluate": 4, "ResolveImageConfig": 0} {
		if got := again.counts[name]; got > most {
			t.Errorf("%d calls of %s, want at most %d", got, name, most)
		}
	}
	if again.counts["Solve"] == 0 {
		t.Error("no call was counted: does the client make them in another way now?")
	}
}
