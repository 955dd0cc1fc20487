package frontend

import (
	"context"

	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/plan"
	graph "github.com/modship-build/modship/llb"
)

var sbomOutput = output{
	name:      "sbom",
	doc:       "the SPDX documents of all platforms as files; for -o DIR",
	foreign:   true,
	documents: true,
	result:    (*builder).documents,
}

// documents are the SBOMs of all platforms.
func (b *builder) documents(ctx context.Context, p *plan.Plan, in *input, done built) (*gateway.Result, error) {
	var files []graph.File
	for i, img := range p.Images {
		files = append(files, graph.File{Name: platformName(p.Main, img.Target) + ".spdx.json", Content: done.documents[i]})
	}
	return b.filesResult(ctx, p, in, done, files)
}
