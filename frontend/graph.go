package frontend

import (
	"context"
	"errors"
	"fmt"

	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
	graph "github.com/modship-build/modship/llb"
)

// maxGraph bounds the build list, in bytes: a module has 100.
const maxGraph = 16 << 20

// settleModules finds out side by side which Go it is and which modules there are: the first may need a list of what is published,
// the second the requirements of modules.
func (b *builder) settleModules(ctx context.Context, in *input) error {
	var goErr, graphErr error
	var eg errgroup.Group
	eg.Go(func() error { goErr = b.chooseGo(ctx, in); return nil })
	eg.Go(func() error { graphErr = b.followGraph(ctx, in); return nil })
	return errors.Join(eg.Wait(), goErr, graphErr)
}

// followGraph chooses the build list where the module files do not name all of it.
func (b *builder) followGraph(ctx context.Context, in *input) error {
	if !in.Facts.HasGraph() {
		return nil
	}
	chosen := b.graph.ModuleGraph(plan.NewSource(in.Facts), in.Fetch, plan.NewCache(in.Config, in.Namespace), graph.Sources{Mod: b.modFiles.tree})
	var list []gomod.Module
	err := b.readJSON(ctx, chosen, request.GraphFile, maxGraph, &list)
	if b.fetchAgain(ctx, err) {
		return b.followGraph(ctx, in)
	}
	if err != nil {
		return fmt.Errorf("choosing the versions of modules: %w", err)
	}
	in.Facts.Settle(list)
	return nil
}
