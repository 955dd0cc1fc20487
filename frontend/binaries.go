package frontend

import (
	"context"
	"fmt"
	"strings"

	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/plan"
	graph "github.com/modship-build/modship/llb"
)

var binariesOutput = output{
	name:    "binaries",
	doc:     "the programs of all platforms as files, with SHA256SUMS; for -o DIR",
	foreign: true,
	result:  (*builder).binaries,
}

// binaries are the programs, and their hashes as `sha256sum -c` reads them.
func (b *builder) binaries(ctx context.Context, p *plan.Plan, in *input, done built) (*gateway.Result, error) {
	var files []graph.File
	var sums strings.Builder
	for i, img := range p.Images {
		for k, m := range p.Programs() {
			name := platformName(m, img.Target) + img.Target.Suffix()
			files = append(files, graph.File{Name: name, From: done.graph[i].Program, Path: p.PathOf(m)})
			fmt.Fprintf(&sums, "%s  %s\n", done.files[i][k].SHA256, name)
		}
	}
	files = append(files, graph.File{Name: "SHA256SUMS", Content: []byte(sums.String())})
	return b.filesResult(ctx, p, in, done, files)
}
