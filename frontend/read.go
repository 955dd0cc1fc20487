package frontend

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/reffs"
)

// readFile builds a state and reads one file out of it, of at most limit bytes.
func (b *builder) readFile(ctx context.Context, state llb.State, name string, limit int) ([]byte, error) {
	ref, err := b.solveState(ctx, state)
	if err != nil {
		return nil, err
	}
	return reffs.ReadFile(ctx, ref, name, limit)
}

// readJSON is readFile for what a build step has found out. v points to the result.
func (b *builder) readJSON(ctx context.Context, state llb.State, name string, limit int, v any) error {
	content, err := b.readFile(ctx, state, name, limit)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, v); err != nil {
		return fmt.Errorf("decoding %s: %w", name, err)
	}
	return nil
}
