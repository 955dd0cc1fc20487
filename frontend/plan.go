package frontend

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/llb"
)

// plan scans the module, plans, and analyzes what the module imports. A dependency may import packages of the module in
// turn; they are then needed as well, and may import more, and with cgo there may be other files; so it goes round until nothing
// new is found. What is said of the program is known last: the commit is compared with the files that the plan names.
func (b *builder) plan(ctx context.Context, in *input) (*plan.Plan, llb.Sources, error) {
	in.choices = plan.NewCgoChoices(in.Config, in.Targets)
	for {
		if err := b.scan(ctx, in); err != nil {
			return nil, llb.Sources{}, err
		}
		if main, err := in.Scan.Choose(in.Config.Main); err == nil {
			in.choices.Scanned(in.Scan.Images[main.ImportPath])
		}
		in.Cgo, in.CgoOff = in.choices.On(), in.choices.Off()
		p, err := plan.Make(in.Input)
		if err != nil {
			return nil, llb.Sources{}, err
		}
		src, err := b.sources(ctx, p, in.bases)
		if err != nil {
			return nil, llb.Sources{}, err
		}
		found, err := b.inspect(ctx, in, p, src)
		if err != nil {
			return nil, llb.Sources{}, err
		}
		reached := plan.Reached(found)
		if again := in.choices.Analyzed(p, found); again || !slices.Equal(reached, in.reached) {
			in.reached = reached
			continue
		}
		if p, err = plan.Make(in.Input); err != nil {
			return nil, llb.Sources{}, err
		}
		if err := p.Apply(in.Input, found); err != nil {
			return nil, llb.Sources{}, err
		}
		in.analyzed = found
		err = b.prepareCgo(ctx, in, p, &src)
		return p, src, err
	}
}

// inspect does side by side what needs the plan's choice of files.
func (b *builder) inspect(ctx context.Context, in *input, p *plan.Plan, src llb.Sources) (found []analyze.Summary, err error) {
	eg, ctx := errgroup.WithContext(ctx)
	eg.Go(func() error { return b.readCommit(ctx, in, p, src) })
	eg.Go(func() error { return b.readLicenses(ctx, in, p) })
	eg.Go(func() error { return b.checkFiles(ctx, in, p) })
	eg.Go(func() (err error) {
		if p.NeedsAnalysis() {
			found, err = b.analyze(ctx, p, src)
		}
		return err
	})
	return found, eg.Wait()
}
