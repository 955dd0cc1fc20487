package frontend

import (
	"context"
	"fmt"

	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"golang.org/x/sync/errgroup"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/reffs"
)

// verify reads the program out of every image and compares what it is with what the image says it is. It looks at the
// bytes that will be shipped and at nothing that the build said about them.
func verify(ctx context.Context, p *plan.Plan, images []gateway.Reference) error {
	eg, ctx := errgroup.WithContext(ctx)
	for i, ref := range images {
		eg.Go(func() error {
			if err := verifyProgram(ctx, ref, p.ProgramPath(), p.Images[i]); err != nil {
				return fmt.Errorf("verifying the image for %s: %w", p.Images[i].Target, err)
			}
			return nil
		})
	}
	return eg.Wait()
}

func verifyProgram(ctx context.Context, ref gateway.Reference, name string, img plan.Image) error {
	file, err := reffs.Open(ctx, ref, name)
	if err != nil {
		return err
	}
	facts, err := binary.Read(file)
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	return facts.Check(img.Target)
}
