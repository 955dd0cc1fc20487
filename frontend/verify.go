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

// program is what was read of the program of one image.
type program struct {
	facts *binary.Facts
	size  int64 // bytes
}

// verify reads the program out of every image and compares what it is with what the image says it is. It looks at the
// bytes that will be shipped and at nothing that the build said about them.
func verify(ctx context.Context, p *plan.Plan, images []gateway.Reference) ([]program, error) {
	programs := make([]program, len(images))
	eg, ctx := errgroup.WithContext(ctx)
	for i, ref := range images {
		eg.Go(func() (err error) {
			if programs[i], err = verifyProgram(ctx, ref, p.ProgramPath(), p.Images[i]); err != nil {
				return fmt.Errorf("verifying the image for %s: %w", p.Images[i].Target, err)
			}
			return nil
		})
	}
	return programs, eg.Wait()
}

func verifyProgram(ctx context.Context, ref gateway.Reference, name string, img plan.Image) (program, error) {
	file, err := reffs.Open(ctx, ref, name)
	if err != nil {
		return program{}, err
	}
	facts, err := binary.Read(file)
	if err != nil {
		return program{}, fmt.Errorf("reading %s: %w", name, err)
	}
	return program{facts: facts, size: file.Size()}, facts.Check(img.Target)
}
