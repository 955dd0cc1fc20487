package frontend

import (
	"maps"
	"testing"

	"github.com/moby/buildkit/frontend/dockerui"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// optsClient answers what dockerui asks when it parses options, and nothing else: any other call of it panics.
type optsClient struct {
	gateway.Client
	opts gateway.BuildOpts
}

func (c optsClient) BuildOpts() gateway.BuildOpts { return c.opts }

// newUI is dockerui's own client for options as buildx sends them, on a worker for linux/arm64.
func newUI(t *testing.T, opts map[string]string) *dockerui.Client {
	t.Helper()
	ui, err := dockerui.NewClient(optsClient{opts: gateway.BuildOpts{
		Opts:    maps.Clone(opts),
		LLBCaps: pb.Caps.CapSet(pb.Caps.All()),
		Workers: []gateway.WorkerInfo{{Platforms: []ocispecs.Platform{{OS: "linux", Architecture: "arm64"}}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return ui
}
