package frontend

import (
	"context"
	"slices"

	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/project"
	"github.com/modship-build/modship/internal/toolchain"
	"github.com/modship-build/modship/internal/vcs"
	graph "github.com/modship-build/modship/llb"
)

// plan scans the module, plans, and analyzes what the module imports. A dependency may import packages of the module in
// turn; they are then needed as well, and may import more, and with cgo there may be other files; so it goes round until nothing
// new is found. What is said of the program is known last: the commit is compared with the files that the draft names.
func (b *builder) plan(ctx context.Context, in *input) (*plan.Plan, graph.Sources, error) {
	if err := b.loadGoFiles(ctx); err != nil {
		return nil, graph.Sources{}, err
	}
	var found plan.Findings
	for again := false; ; again = true {
		draft, err := b.draft(ctx, in)
		if err != nil {
			return nil, graph.Sources{}, err
		}
		src, err := b.sources(ctx, draft, in.bases)
		if err != nil {
			return nil, graph.Sources{}, err
		}
		if err := b.findIncludes(ctx, in, draft, &src); err != nil {
			return nil, graph.Sources{}, err
		}
		commit, err := b.inspect(ctx, in, draft, src, &found, again)
		if err != nil {
			return nil, graph.Sources{}, err
		}
		choices, changed := in.Choices.Analyzed(draft, found.Packages)
		if reached := plan.Reached(found.Packages); changed || !slices.Equal(reached, in.Reached) {
			in.Choices, in.Reached = choices, reached
			continue
		}
		found.VCS = project.SettleCommit(ctx, b, commit, b.options.said)
		analyzed, err := draft.Analyze(in.Input, found)
		if err == nil {
			err = analyzed.CheckCgo(in.Input)
		}
		if err != nil {
			return nil, graph.Sources{}, err
		}
		in.analyzed = found.Packages
		if warning := toolchain.WithoutC(draft.Go.Version); warning != "" {
			b.Warn(ctx, warning) // with C, it is an error
		}
		p, err := b.complete(ctx, in, analyzed, &src)
		return p, src, err
	}
}

// draft plans with what the module's own packages tell.
func (b *builder) draft(ctx context.Context, in *input) (*plan.Draft, error) {
	if err := in.ScanPackages(ctx, b); err != nil {
		return nil, err
	}
	if main, err := in.Scan.Choose(in.Config.Main); err == nil {
		in.Choices = in.Choices.Scanned(in.Scan.Images[main.ImportPath])
	}
	d, err := plan.NewDraft(in.Input, in.Choices)
	if err != nil {
		return nil, err
	}
	return d, checkC(in, d)
}

// inspect does side by side what needs the draft's choice of files, and in the first round what needs nothing that may change in a
// later one.
func (b *builder) inspect(ctx context.Context, in *input, d *plan.Draft, src graph.Sources, found *plan.Findings, again bool) (commit vcs.Found, err error) {
	found.Packages = nil
	eg, ctx := errgroup.WithContext(ctx)
	if !again {
		eg.Go(func() (err error) { found.Licenses, err = in.ReadLicense(ctx, b, d); return err })
		eg.Go(func() error { return b.checkFiles(ctx, in, d) })
		eg.Go(func() (err error) { found.GoSum, err = b.identifyGo(ctx, d); return err })
	}
	eg.Go(func() (err error) { commit, err = b.repositoryCommit(ctx, in, d, src); return err })
	if d.NeedsAnalysis() {
		eg.Go(func() (err error) { found.Packages, err = b.analyze(ctx, d, src); return err })
	}
	err = eg.Wait()
	return commit, err
}
