package frontend

import (
	"context"
	"slices"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/toolchain"
	"github.com/modship-build/modship/internal/vcs"
	graph "github.com/modship-build/modship/llb"
)

// plan scans the module, plans, and analyzes what the module imports. A dependency may import packages of the module in
// turn; they are then needed as well, and may import more, and with cgo there may be other files; so it goes round until nothing
// new is found. What is said of the program is known last: the commit is compared with the files that the plan names.
func (b *builder) plan(ctx context.Context, in *input) (*plan.Plan, graph.Sources, error) {
	if err := b.loadGoFiles(ctx); err != nil {
		return nil, graph.Sources{}, err
	}
	for again := false; ; again = true {
		p, err := b.draft(ctx, in)
		if err != nil {
			return nil, graph.Sources{}, err
		}
		src, err := b.sources(ctx, p, in.bases)
		if err != nil {
			return nil, graph.Sources{}, err
		}
		if err := b.findIncludes(ctx, in, p, &src); err != nil {
			return nil, graph.Sources{}, err
		}
		found, commit, err := b.inspect(ctx, in, p, src, again)
		if err != nil {
			return nil, graph.Sources{}, err
		}
		reached := plan.Reached(found)
		if in.Choices.Analyzed(p, found) || !slices.Equal(reached, in.Reached) {
			in.Reached = reached
			continue
		}
		in.TakeCommit(ctx, b, commit, b.options.said)
		if p, err = plan.Make(in.Input); err != nil {
			return nil, graph.Sources{}, err
		}
		if err := p.Apply(in.Input, found); err != nil {
			return nil, graph.Sources{}, err
		}
		in.analyzed = found
		if warning := toolchain.WithoutC(p.Go.Version); warning != "" {
			b.Warn(ctx, warning) // with C, it is an error
		}
		err = b.prepareCgo(ctx, in, p, &src)
		return p, src, err
	}
}

// draft plans with what the module's own packages tell.
func (b *builder) draft(ctx context.Context, in *input) (*plan.Plan, error) {
	if err := in.ScanPackages(ctx, b); err != nil {
		return nil, err
	}
	if main, err := in.Scan.Choose(in.Config.Main); err == nil {
		in.Choices.Scanned(in.Scan.Images[main.ImportPath])
	}
	in.Cgo, in.CgoOff = in.Choices.On(), in.Choices.Off()
	p, err := plan.Make(in.Input)
	if err != nil {
		return nil, err
	}
	return p, checkC(in, p)
}

// inspect does side by side what needs the plan's choice of files, and in the first round what needs nothing that may change in a
// later one.
func (b *builder) inspect(ctx context.Context, in *input, p *plan.Plan, src graph.Sources, again bool) (found []analyze.Summary, commit vcs.Found, err error) {
	eg, ctx := errgroup.WithContext(ctx)
	if !again {
		eg.Go(func() error { return in.ReadLicense(ctx, b, p) })
		eg.Go(func() error { return b.checkFiles(ctx, in, p) })
		eg.Go(func() error { return b.identifyGo(ctx, in, p) })
	}
	eg.Go(func() (err error) {
		commit, err = b.repositoryCommit(ctx, in, p, src)
		return err
	})
	if p.NeedsAnalysis() {
		eg.Go(func() (err error) {
			found, err = b.analyze(ctx, p, src)
			return err
		})
	}
	return found, commit, eg.Wait()
}
