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

	v1 "github.com/google/go-containerregistry/pkg/v1"
	bkclient "github.com/moby/buildkit/client"
	gatewaypb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/cli"
)

// trips are the calls that the frontend makes of the daemon, with how long it waited for each, and what it had solved.
type trips struct {
	mu     sync.Mutex
	waited map[string][]time.Duration
	solved map[digest.Digest][]string // the names of what each definition ends in
}

func (t *trips) intercept(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	start := time.Now()
	err := invoke(ctx, method, req, reply, cc, opts...)
	service, call := path.Split(strings.TrimPrefix(method, "/"))
	if strings.Trim(service, "/") != gatewaypb.LLBBridge_ServiceDesc.ServiceName {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waited[call] = append(t.waited[call], time.Since(start))
	if solve, ok := req.(*gatewaypb.SolveRequest); ok && solve.Definition != nil {
		id, name := identify(solve.Definition)
		t.solved[id] = append(t.solved[id], name)
	}
	return err
}

// identify gives what tells a definition from another one, and the name of the vertex that it ends in. Two states of one local
// source differ in an ID, by which the client finds the files.
func identify(def *pb.Definition) (id digest.Digest, name string) {
	same := map[string]string{}
	for _, content := range def.Def {
		var op pb.Op
		if err := proto.Unmarshal(content, &op); err != nil {
			return digest.FromBytes(content), err.Error()
		}
		for _, in := range op.Inputs {
			in.Digest = same[in.Digest]
		}
		if source := op.GetSource(); source != nil {
			delete(source.Attrs, pb.AttrLocalUniqueID)
			delete(source.Attrs, pb.AttrLocalSessionID)
		}
		b, err := proto.MarshalOptions{Deterministic: true}.Marshal(&op)
		if err != nil {
			return digest.FromBytes(content), err.Error()
		}
		id = digest.FromBytes(b)
		same[digest.FromBytes(content).String()] = id.String()
		if len(op.Inputs) == 1 && op.Op == nil { // the last one only names the result
			continue
		}
		name = def.Metadata[digest.FromBytes(content).String()].GetDescription()["llb.customname"]
	}
	return id, name
}

func (t *trips) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, name := range slices.Sorted(maps.Keys(t.waited)) {
		calls := t.waited[name]
		var sum time.Duration
		for _, d := range calls {
			sum += d
		}
		fmt.Fprintf(w, "%s\t%d\tmean %.1f ms\tlongest %.1f ms\n", name, len(calls), sum.Seconds()*1e3/float64(len(calls)), slices.Max(calls).Seconds()*1e3)
	}
	_ = w.Flush()
	return b.String()
}

// TestRoundTrips: each call of the daemon by the frontend is time that nothing is built in. A build makes few, reads no whole
// program, and asks for nothing twice.
func TestRoundTrips(t *testing.T) {
	l := setUp(t)
	build := func(t *testing.T, dir string, platforms ...string) *trips {
		counted := &trips{waited: map[string][]time.Duration{}, solved: map[digest.Digest][]string{}}
		env := cli.Env{
			Stdout: io.Discard, Stderr: io.Discard, LookupEnv: os.LookupEnv, GoEnv: cli.GoEnv, Executable: l.modship,
			Frontend: frontend.FromClient,
			Connect: func(ctx context.Context, o cli.DaemonOptions) (*cli.Daemon, error) {
				c, err := bkclient.New(ctx, o.Addr, bkclient.WithGRPCDialOption(grpc.WithChainUnaryInterceptor(counted.intercept)))
				return &cli.Daemon{Client: c, Close: func() { _ = c.Close() }}, err
			},
		}
		err := cli.Build(t.Context(), env, cli.BuildOptions{JobOptions: cli.JobOptions{Source: cli.SourceOptions{Dir: dir, Platforms: platforms}, Daemon: cli.DaemonOptions{Addr: l.daemon.Addr, Progress: "quiet"}}, Output: cli.OutputOptions{Outputs: []string{"type=cacheonly"}}})
		if err != nil {
			t.Fatal(err)
		}
		return counted
	}
	// Two platforms: an analysis, an image, what is said of the program and an SBOM for each; and what is there once, such as the hash
	// of the toolchain.
	most := map[string]int{"Solve": 18, "ReadFile": 19, "StatFile": 21, "ReadDir": 8, "Evaluate": 4,
		"ResolveImageConfig": 0, "ResolveSourceMeta": 0}
	check := func(t *testing.T, counted *trips, most map[string]int) {
		t.Logf("calls of the daemon:\n%s", counted)
		for name, most := range most {
			if got := len(counted.waited[name]); got > most {
				t.Errorf("%d calls of %s, want at most %d", got, name, most)
			}
		}
		if len(counted.solved) == 0 {
			t.Error("no call was counted: does the client make them in another way now?")
		}
		for _, names := range counted.solved {
			if len(names) > 1 {
				t.Errorf("solved %d times: %s", len(names), names[0])
			}
		}
	}

	dir := example(t, "web")
	both := []string{"linux/amd64", "linux/arm64"}
	build(t, dir, both...)
	t.Run("no change", func(t *testing.T) { check(t, build(t, dir, both...), most) })
	t.Run("edit", func(t *testing.T) {
		edit(t, dir, "edited.go", "package main\n\nfunc init() { println(\"edited\") }\n")
		check(t, build(t, dir, both...), most)
	})
	t.Run("base", func(t *testing.T) {
		base, err := newBase(v1.Config{Env: []string{"A=1"}})
		if err != nil {
			t.Fatal(err)
		}
		ref, err := l.push("roundtrips:1", base)
		if err != nil {
			t.Fatal(err)
		}
		dir := example(t, "hello")
		configure(t, dir, "image: {base: "+ref+"}\n")
		once := maps.Clone(most)
		once["ResolveSourceMeta"] = 1
		check(t, build(t, dir, "linux/amd64"), once)
	})
}
