package frontend

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/modship-build/modship/internal/reffs"
	graph "github.com/modship-build/modship/llb"
)

// readFile builds a tree and reads one file out of it, of at most limit bytes.
func (b *builder) readFile(ctx context.Context, tree graph.Tree, name string, limit int) ([]byte, error) {
	ref, err := b.solveTree(ctx, tree)
	if err != nil {
		return nil, err
	}
	return reffs.ReadFile(ctx, ref, name, limit)
}

// readJSON is readFile for what a build step has found out. v points to the result.
func (b *builder) readJSON(ctx context.Context, tree graph.Tree, name string, limit int, v any) error {
	content, err := b.readFile(ctx, tree, name, limit)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, v); err != nil {
		return fmt.Errorf("decoding %s: %w", name, err)
	}
	return nil
}
