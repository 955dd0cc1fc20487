package frontend

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/target"
	graph "github.com/modship-build/modship/llb"
)

// platformName is the name of a program's file for one platform, without a suffix: "hey-linux-arm-v7".
func platformName(m plan.Main, t target.Target) string {
	return m.Name + "-" + t.FileName()
}

// filesResult hands files to the exporter, all platforms in one folder: `-o dist` gives what a release page wants.
func (b *builder) filesResult(ctx context.Context, p *plan.Plan, in *input, done built, files []graph.File) (*gateway.Result, error) {
	ref, err := b.solveTree(ctx, b.graph.Files(p, files))
	if err != nil {
		return nil, err
	}
	res := gateway.NewResult()
	res.SetRef(ref)
	platforms, err := json.Marshal(exptypes.Platforms{Platforms: []exptypes.Platform{{ID: in.Build.String(), Platform: in.Build.OCI()}}})
	if err != nil {
		return nil, fmt.Errorf("encoding the platforms: %w", err)
	}
	res.AddMeta(exptypes.ExporterPlatformsKey, platforms)
	res.AddMeta(InlineMessage, []byte(summarize(p, done.programs)))
	return res, nil
}
