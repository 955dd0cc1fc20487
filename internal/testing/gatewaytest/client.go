//go:build linux

package gatewaytest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	gatewaypb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// Client is a gateway. Its fields are set before the first call.
type Client struct {
	// Options are those of the build, as buildx sends them.
	Options map[string]string
	// Locals are the folders that the client of the build offers, by name.
	Locals map[string]string
	// Sources are folders by the identifiers of other sources, such as "git://github.com/o/r.git#main" or "https://a.example/a.tar.gz".
	// An image is one as well, see [Client.AddImage].
	Sources map[string]string
	// Secrets are given to steps that ask for them, by ID.
	Secrets map[string]string
	// Kept is where cache mounts are: a folder that tests share, also with those of earlier runs, unless a test sets another. The
	// standard library is compiled once.
	Kept string
	// Steps stand in for programs, by the last word of a command: for `modship step toolchain`, "toolchain".
	Steps map[string]func(context.Context, *Step) error
	// Solving is called at each call of Solve with its number, from 0; its error is that of the call.
	Solving func(n int) error
	// Running is called before a vertex with its name; its error is that of the vertex.
	Running func(name string) error
	// Lacking are the capabilities that the daemon does not have.
	Lacking []apicaps.CapID

	t      testing.TB
	dir    string
	images map[string]image

	mu       sync.Mutex
	warnings []Warning
	solves   []Solve
	ran      []string
	known    map[digest.Digest]*vertex
	roots    map[string]string // of steps that failed, by the ID of the mount
	folders  int
}

var _ gateway.Client = (*Client)(nil)

// Warning is a warning of the build.
type Warning struct {
	Text string
	gateway.WarnOpts
}

// Solve is what one call of Solve was asked for.
type Solve struct {
	Definition   *pb.Definition
	CacheImports []gateway.CacheOptionsEntry
}

// New makes a client. Its folders go with the test, which is skipped where steps cannot run.
func New(t testing.TB) *Client {
	t.Helper()
	if ok, err := canEnter(); err != nil {
		t.Fatal(err)
	} else if !ok {
		testbed.Missing(t, "the right to mount namespaces (CAP_SYS_ADMIN, or unprivileged user namespaces)")
	}
	c := &Client{
		Options: map[string]string{}, Locals: map[string]string{}, Sources: map[string]string{}, Secrets: map[string]string{},
		Steps: map[string]func(context.Context, *Step) error{},
		t:     t, dir: t.TempDir(), images: map[string]image{}, known: map[digest.Digest]*vertex{}, roots: map[string]string{},
	}
	cache, err := testbed.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	c.Kept = filepath.Join(cache, "kept")
	return c
}

// Session is the ID of the client's session.
const Session = "session-of-the-test"

// Platform is that of the only worker: the machine's.
func Platform() ocispecs.Platform {
	return ocispecs.Platform{OS: "linux", Architecture: runtime.GOARCH}
}

// BuildOpts are those of a daemon that knows everything but what it lacks.
func (c *Client) BuildOpts() gateway.BuildOpts {
	return gateway.BuildOpts{
		Opts:      c.Options,
		SessionID: Session,
		Workers:   []gateway.WorkerInfo{{ID: "worker", Platforms: []ocispecs.Platform{Platform()}}},
		Product:   "buildkit",
		LLBCaps:   pb.Caps.CapSet(c.without(pb.Caps.All())),
		Caps:      gatewaypb.Caps.CapSet(c.without(gatewaypb.Caps.All())),
	}
}

func (c *Client) without(all []*apicaps.PBCap) []*apicaps.PBCap {
	return slices.DeleteFunc(all, func(p *apicaps.PBCap) bool { return slices.Contains(c.Lacking, apicaps.CapID(p.ID)) })
}

// Solve takes the definition and runs nothing of it, unless it is asked to.
func (c *Client) Solve(ctx context.Context, req gateway.SolveRequest) (*gateway.Result, error) {
	c.mu.Lock()
	n := len(c.solves)
	c.solves = append(c.solves, Solve{Definition: req.Definition, CacheImports: req.CacheImports})
	c.mu.Unlock()
	if c.Solving != nil {
		if err := c.Solving(n); err != nil {
			return nil, err
		}
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if req.Frontend != "" {
		return nil, fmt.Errorf("solving with the frontend %s: there is none", req.Frontend)
	}
	res := gateway.NewResult()
	if len(req.Definition.GetDef()) == 0 {
		return res, nil // of an empty state
	}
	ref, err := c.learn(req.Definition)
	if err != nil {
		return nil, err
	}
	if req.Evaluate {
		if err := ref.Evaluate(ctx); err != nil {
			return nil, err
		}
	}
	res.SetRef(ref)
	return res, nil
}

// Warn keeps a warning.
func (c *Client) Warn(_ context.Context, _ digest.Digest, msg string, opts gateway.WarnOpts) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.warnings = append(c.warnings, Warning{Text: msg, WarnOpts: opts})
	return nil
}

// Warnings are those so far.
func (c *Client) Warnings() []Warning {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.warnings)
}

// Solves are the calls so far.
func (c *Client) Solves() []Solve {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.solves)
}

// Ran are the names of the vertices that have run, in the order of their start.
func (c *Client) Ran() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.ran)
}

// Inputs are there for builds that are the context of others; there are none.
func (c *Client) Inputs(context.Context) (map[string]llb.State, error) { return nil, nil }

// ResolveImageConfig is what frontends asked before ResolveSourceMetadata was there.
func (c *Client) ResolveImageConfig(ctx context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	return sourceresolver.NewImageMetaResolver(c).ResolveImageConfig(ctx, ref, opt)
}

// NewContainer gives the root of a step that failed for reading. Nothing runs in it.
func (c *Client) NewContainer(_ context.Context, req gateway.NewContainerRequest) (gateway.Container, error) {
	var mounts []Folder
	for _, m := range req.Mounts {
		c.mu.Lock()
		root, ok := c.roots[m.ResultID]
		c.mu.Unlock()
		if !ok {
			return nil, fmt.Errorf("there is no result %q", m.ResultID)
		}
		mounts = append(mounts, Folder(root))
	}
	return &container{mounts: mounts}, nil
}

// newFolder makes an empty folder.
func (c *Client) newFolder() (string, error) {
	c.mu.Lock()
	c.folders++
	name := filepath.Join(c.dir, fmt.Sprint(c.folders))
	c.mu.Unlock()
	return name, errors.Join(os.Mkdir(name, 0o755), os.Chmod(name, 0o755))
}
