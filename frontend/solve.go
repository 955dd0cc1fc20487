package frontend

import (
	"context"
	"errors"
	"fmt"

	"github.com/moby/buildkit/client/llb"
	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/plan"
)

// solveState hands a state to BuildKit. Nothing runs before the reference is read or evaluated.
func (b *builder) solveState(ctx context.Context, state llb.State) (gateway.Reference, error) {
	def, err := b.marshal(ctx, state)
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
	if ref == nil { // the definition of an empty state is empty, and so is its result
		return nil, errors.New("solving LLB: the result is empty")
	}
	return ref, nil
}

func (b *builder) marshal(ctx context.Context, state llb.State) (*llb.Definition, error) {
	b.marshalling.Lock()
	defer b.marshalling.Unlock()
	return state.Marshal(ctx, llb.WithCaps(b.ui.BuildOpts().LLBCaps), llb.Platform(b.host.Platform))
}

// solve builds the states side by side, so that their common vertices run once and a failure is ours to explain.
func (b *builder) solve(ctx context.Context, p *plan.Plan, states []llb.State) ([]gateway.Reference, error) {
	refs := make([]gateway.Reference, len(states))
	eg, ctx := errgroup.WithContext(ctx)
	for i, state := range states {
		eg.Go(func() error {
			ref, err := b.solveState(ctx, state)
			if err != nil {
				return err
			}
			refs[i] = ref
			if err := ref.Evaluate(ctx); err != nil {
				return fmt.Errorf("building %s for %s: %w", p.Main.ImportPath, p.Images[i].Target, err)
			}
			return nil
		})
	}
	return refs, eg.Wait()
}
