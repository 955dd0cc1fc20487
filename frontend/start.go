package frontend

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/reffs"
	"github.com/modship-build/modship/internal/startable"
)

// checkStart proves of every program with shared libraries that its image has them, in versions and for the machine that fit. A
// static program needs nothing of the image.
func (b *builder) checkStart(ctx context.Context, in *input, p *plan.Plan, done built) error {
	eg, ctx := errgroup.WithContext(ctx)
	for i, ref := range done.refs {
		if done.programs[i].facts.Static {
			continue
		}
		eg.Go(func() error {
			t := p.Images[i].Target
			env, err := imageEnv(in.bases.configs[t.String()])
			if err != nil {
				return err
			}
			report, err := startable.Check(reffs.Paged(ctx, ref), "/"+p.ProgramPath(), t, env...)
			if err != nil {
				return err
			}
			if err := report.Err(); err != nil {
				var mistakes diag.List
				for _, e := range diag.All(err) {
					m := mistakes.Addf(in.At("image.base"), "the program would not start in the image for %s: %s", t, e.Msg)
					m.Help = e.Help
				}
				return mistakes.Err()
			}
			return nil
		})
	}
	return eg.Wait()
}
