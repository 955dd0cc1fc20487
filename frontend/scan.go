package frontend

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/reffs"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/step/request"
	graph "github.com/modship-build/modship/llb"
)

// maxScan bounds scan.json, in bytes: 30 times what the largest repository of Go code needs.
const maxScan = 64 << 20

// maxGoFile bounds a Go file that an error message quotes, in bytes.
const maxGoFile = 4 << 20

// goFiles gives the Go files of the context, which are read here only to show a mistake in one.
func (b *builder) goFiles(ctx context.Context) (llb.State, error) {
	state, err := b.context.part(ctx, "Go files", goPatterns)
	b.files.trees = append(b.files.trees, func() (fs.FS, error) {
		ref, err := b.solveState(ctx, state)
		if err != nil {
			return nil, err
		}
		return reffs.FS(ctx, ref, maxGoFile), nil
	})
	return state, err
}

// scan reads the module's own packages in a build step, once for all platforms.
func (b *builder) scan(ctx context.Context, in *input, goFiles llb.State) error {
	req := request.Scan{Request: plan.ScanRequest(in.Input, in.choices.Scan(), in.reached)}
	state, err := graph.Scan(b.host, req, graph.Sources{Go: goFiles})
	if err != nil {
		return err
	}
	in.Scan = &scan.Result{}
	if err := b.readJSON(ctx, state, request.ScanFile, maxScan, in.Scan); err != nil {
		return fmt.Errorf("reading the module's packages: %w", err)
	}
	return nil
}
