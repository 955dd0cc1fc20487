package frontend

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/target"
	graph "github.com/modship-build/modship/llb"
)

// output is what a build gives: a --target that every configuration has.
type output string

// The outputs. Every other target is an image of the configuration.
const (
	outputImage    output = ""
	outputBinaries output = "binaries"
	outputSBOM     output = "sbom"
)

// outputs describes them for `--call=targets`.
var outputs = []struct {
	name output
	doc  string
}{
	{outputBinaries, "the programs of all platforms as files, with SHA256SUMS; for -o DIR"},
	{outputSBOM, "the SPDX documents of all platforms as files; for -o DIR"},
}

// chooseOutput splits the name of a target into the output and the target of the configuration.
func chooseOutput(name string) (output, string) {
	switch o := output(name); o {
	case outputBinaries, outputSBOM:
		return o, ""
	}
	return outputImage, name
}

// states are what has to be built and verified for the output.
func (o output) states(images []graph.Image) []llb.State {
	states := make([]llb.State, len(images))
	for i, image := range images {
		states[i] = image.Rootfs
		if o != outputImage {
			states[i] = image.Program
		}
	}
	return states
}

// platformName is the name of a file for one platform: "hey-linux-arm-v7".
func platformName(p *plan.Plan, t target.Target) string {
	return p.Main.Name + "-" + strings.ReplaceAll(t.String(), "/", "-")
}

// filesResult hands files to the exporter, all platforms in one folder: `-o dist` gives what a release page wants.
func (b *builder) filesResult(ctx context.Context, p *plan.Plan, in *input, built built) (*gateway.Result, error) {
	var files []graph.File
	switch in.output {
	case outputSBOM:
		for i, img := range p.Images {
			files = append(files, graph.File{Name: platformName(p, img.Target) + ".spdx.json", Content: built.documents[i]})
		}
	case outputBinaries:
		var sums strings.Builder
		for i, img := range p.Images {
			name := platformName(p, img.Target)
			files = append(files, graph.File{Name: name, From: &built.graph[i].Program, Path: p.ProgramPath()})
			fmt.Fprintf(&sums, "%s  %s\n", built.files[i].SHA256, name)
		}
		files = append(files, graph.File{Name: "SHA256SUMS", Content: []byte(sums.String())})
	}
	ref, err := b.solveState(ctx, graph.Files(p, files))
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
	res.AddMeta(InlineMessage, []byte(summarize(p, built.programs)))
	return res, nil
}
