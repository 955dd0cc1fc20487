package frontend

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/modship-build/modship/internal/reffs"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/scan"
	graph "github.com/modship-build/modship/llb"
)

// maxScan bounds scan.json, in bytes: 30 times what the largest repository of Go code needs.
const maxScan = 64 << 20

// maxGoFile bounds a Go file that an error message quotes, in bytes.
const maxGoFile = 4 << 20

// loadGoFiles takes the Go files of the context, which are read here only to show a mistake in one.
func (b *builder) loadGoFiles(ctx context.Context) error {
	b.files.trees = append(b.files.trees, func() (fs.FS, error) {
		ref, err := b.solveTree(ctx, b.goFiles.tree)
		if err != nil {
			return nil, err
		}
		return reffs.FS(ctx, ref, maxGoFile), nil
	})
	return b.goFiles.load(ctx, &b.context)
}

// Scan reads the module's own packages in a build step, and again while symbolic links lead to files that were not among those before.
func (b *builder) Scan(ctx context.Context, req scan.Request, links []string) (*scan.Result, error) {
	if _, err := b.goFiles.complete(ctx, b, links); err != nil { // where modules end, scan sees by their files
		return nil, err
	}
	var found *scan.Result
	err := b.goFiles.rounds(ctx, b, func() (missing []string, err error) {
		found = &scan.Result{}
		if err := b.readJSON(ctx, b.graph.Scan(request.Scan{Request: req}, graph.Sources{Go: b.goFiles.tree}), request.ScanFile, maxScan, found); err != nil {
			return nil, fmt.Errorf("reading the module's packages: %w", err)
		}
		return found.Missing, nil
	})
	return found, err
}
