package frontend

import (
	"context"
	"fmt"
	"slices"
	"strings"

	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/plan"
	graph "github.com/modship-build/modship/llb"
)

// output is what a build makes of an image of the configuration. Each is one file of this package.
type output struct {
	// name is its --target, doc a line for `--call=targets`.
	name, doc string
	// image says that the image is made, with the files that the context has for it, and must start; without it there is the program
	// alone.
	image bool
	// foreign says that it can be had for other systems than Linux.
	foreign bool
	// documents says that it is made of SBOMs, whatever the configuration says of those of images.
	documents bool
	// early hands over what needs no program to be linked, in place of result.
	early func(b *builder, ctx context.Context, in *input, found planned) (*gateway.Result, error)
	// result hands it to the exporter.
	result func(b *builder, ctx context.Context, p *plan.Plan, in *input, done built) (*gateway.Result, error)
}

// outputs are all of them; the first is for a --target that names none.
var outputs = []*output{&imageOutput, &binariesOutput, &sbomOutput, &compileCacheOutput}

// chooseOutput splits a --target into the output and the target of the configuration: NAME, OUTPUT or NAME/OUTPUT.
func chooseOutput(name string) (o *output, target string, err error) {
	target, last := "", name
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		target, last = name[:i], name[i+1:]
	}
	if i := slices.IndexFunc(outputs, func(o *output) bool { return o.name == last }); i > 0 {
		return outputs[i], target, nil
	}
	if target == "" {
		return outputs[0], name, nil
	}
	var names []string
	for _, o := range outputs[1:] {
		names = append(names, o.name)
	}
	help := "outputs: " + strings.Join(names, ", ")
	if near := diag.Suggest(last, names); near != "" {
		help = fmt.Sprintf("%s (%s)", near, help)
	}
	return nil, "", &diag.Error{Range: diag.Range{File: "--target"}, Msg: fmt.Sprintf("no output is called %q", last), Help: help}
}

// ConfigTarget gives the target of the configuration that a --target is about: "" for the top level. A --target that there is not is given
// as it is.
func ConfigTarget(name string) string {
	if _, target, err := chooseOutput(name); err == nil {
		return target
	}
	return name
}

// describes tells whether SBOMs are made.
func (o *output) describes(p *plan.Plan) bool { return o.documents || o.image && p.SBOM != "off" }

// trees are what has to be built and verified for the output.
func (o *output) trees(images []graph.Image) []graph.Tree {
	trees := make([]graph.Tree, len(images))
	for i, image := range images {
		trees[i] = image.Program
		if o.image {
			trees[i] = image.Rootfs
		}
	}
	return trees
}
