package frontend

import (
	"context"
	"errors"
	"fmt"

	"github.com/moby/buildkit/client/llb"
	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/plan"
	graph "github.com/modship-build/modship/llb"
)

// solveTree hands a tree to BuildKit. Nothing runs before the reference is read or evaluated.
func (b *builder) solveTree(ctx context.Context, tree graph.Tree) (gateway.Reference, error) {
	def, err := b.graph.Marshal(ctx, tree, llb.WithCaps(b.ui.BuildOpts().LLBCaps))
	if err != nil {
		return nil, fmt.Errorf("marshalling LLB: %w", err)
	}
	res, err := b.client.Solve(ctx, gateway.SolveRequest{Definition: def.ToPB(), CacheImports: b.ui.CacheImports})
	if err != nil {
		return nil, err
	}
	ref, err := res.SingleRef()
	if err != nil {
		return nil, err
	}
	if ref == nil { // the definition of an empty tree is empty, and so is its result
		return nil, errors.New("solving LLB: the result is empty")
	}
	return ref, nil
}

// solve builds the trees side by side, so that their common vertices run once and a failure is ours to explain.
func (b *builder) solve(ctx context.Context, p *plan.Plan, trees []graph.Tree) ([]gateway.Reference, error) {
	refs := make([]gateway.Reference, len(trees))
	eg, ctx := errgroup.WithContext(ctx)
	for i, tree := range trees {
		eg.Go(func() error {
			ref, err := b.solveTree(ctx, tree)
			if err != nil {
				return err
			}
			refs[i] = ref
			if err := ref.Evaluate(ctx); err != nil {
				return fmt.Errorf("building %s for %s: %w", p.ImportPaths(), p.Images[i].Target, err)
			}
			return nil
		})
	}
	return refs, eg.Wait()
}
