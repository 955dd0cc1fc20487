package frontend

import (
	"context"
	"fmt"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/reffs"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/step/request"
	"github.com/modship-build/modship/llb"
)

// maxScan bounds scan.json, in bytes: 30 times what the largest repository of Go code needs.
const maxScan = 64 << 20

// maxGoFile bounds a Go file that an error message quotes, in bytes.
const maxGoFile = 4 << 20

// scan reads the module's own packages in a build step, once for all platforms.
func (b *builder) scan(ctx context.Context, in *input) error {
	goFiles, err := b.context.part(ctx, "Go files", goPatterns)
	if err != nil {
		return err
	}
	req := request.Scan{Request: plan.ScanRequest(in.Input, in.choices.Scan(), in.reached)}
	state, err := llb.Scan(b.host, req, llb.Sources{Go: goFiles})
	if err != nil {
		return err
	}
	if source, err := b.solveState(ctx, goFiles); err == nil { // read only to show a mistake in it
		b.files.trees = append(b.files.trees, reffs.FS(ctx, source, maxGoFile))
	}
	in.Scan = &scan.Result{}
	if err := b.readJSON(ctx, state, request.ScanFile, maxScan, in.Scan); err != nil {
		return fmt.Errorf("reading the module's packages: %w", err)
	}
	return nil
}
