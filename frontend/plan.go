package frontend

import (
	"context"
	"slices"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/lint"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/project"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/toolchain"
	"github.com/modship-build/modship/internal/vcs"
	graph "github.com/modship-build/modship/llb"
)

// planned is a plan, and what was found out for it.
type planned struct {
	plan *plan.Plan
	src  graph.Sources
	// packages is what analyze says of each image, or nil; sysroots are what C is compiled with, in the order of the images.
	packages []analyze.Summary
	sysroots []request.SysrootReport
}

// plan scans the module, plans, and analyzes what the module imports. A dependency may import packages of the module in
// turn; they are then needed as well, and may import more, and with cgo there may be other files, and other programs may have to be left
// out; so it goes round until nothing new is found. What is said of the program is known last: the commit is compared with the files that the draft names.
func (b *builder) plan(ctx context.Context, in *input) (p planned, err error) {
	if err := b.loadGoFiles(ctx); err != nil {
		return planned{}, err
	}
	var found plan.Findings
	c := ownC{part: linkedPart{name: "C files", anywhere: true}}
	for again := false; ; again = true {
		draft, err := b.draft(ctx, in)
		if err != nil {
			return planned{}, err
		}
		if p.src, err = b.sources(ctx, draft, in); err != nil {
			return planned{}, err
		}
		if err := b.findIncludes(ctx, &c, draft, &p.src); err != nil {
			return planned{}, err
		}
		commit, apart, err := b.inspect(ctx, in, draft, p.src, &found, again)
		if err != nil {
			return planned{}, err
		}
		if len(apart) > 0 {
			in.LeaveApart(draft.Joined(), apart)
			continue
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
			return planned{}, err
		}
		if warning := toolchain.WithoutC(draft.Go.Version); warning != "" {
			b.Warn(ctx, warning) // with C, it is an error
		}
		p.packages = found.Packages
		p.plan, p.sysroots, err = b.complete(ctx, in, analyzed, &p.src)
		return p, err
	}
}

// draft plans with what the module's own packages tell.
func (b *builder) draft(ctx context.Context, in *input) (*plan.Draft, error) {
	if err := in.ScanPackages(ctx, b); err != nil {
		return nil, err
	}
	in.Choices = in.Choices.OfMains(in.Input)
	d, err := plan.NewDraft(in.Input, in.Choices)
	if err != nil {
		return nil, err
	}
	b.report(ctx, lint.Stamps(in.Input, d))
	return d, checkC(in, d)
}

// inspect does side by side what needs the draft's choice of files, and in the first round what needs nothing that may change in a
// later one.
func (b *builder) inspect(ctx context.Context, in *input, d *plan.Draft, src graph.Sources, found *plan.Findings, again bool) (commit vcs.Found, apart []string, err error) {
	found.Packages = nil
	eg, ctx := errgroup.WithContext(ctx)
	if !again {
		eg.Go(func() (err error) { found.Licenses, err = in.ReadLicense(ctx, b, d); return err })
		eg.Go(func() error { return b.checkFiles(ctx, in, d) })
		eg.Go(func() (err error) { found.GoSum, err = b.identifyGo(ctx, in, d); return err })
	}
	eg.Go(func() (err error) { commit, err = b.repositoryCommit(ctx, in, d, src); return err })
	if d.NeedsAnalysis() {
		eg.Go(func() (err error) { found.Packages, apart, err = b.analyze(ctx, d, src); return err })
	}
	err = eg.Wait()
	return commit, apart, err
}
