package frontend

import (
	"context"
	"errors"
	"fmt"

	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/reffs"
)

// program is what was read of one program of one image.
type program struct {
	facts *binary.Facts
	size  int64 // bytes
}

// verify reads the programs out of every image and compares what they are with what the image says they are. It looks at the
// bytes that will be shipped and at nothing that the build said about them.
func verify(ctx context.Context, p *plan.Plan, images []gateway.Reference) ([][]program, error) {
	programs := make([][]program, len(images))
	eg, ctx := errgroup.WithContext(ctx)
	for i, ref := range images {
		programs[i] = make([]program, len(p.Programs()))
		for k, m := range p.Programs() {
			eg.Go(func() (err error) {
				if programs[i][k], err = verifyProgram(ctx, ref, p, p.Images[i], p.PathOf(m)); err != nil {
					what := "the image"
					if len(p.Beside) > 0 {
						what = p.PathOf(m) + " in the image"
					}
					return fmt.Errorf("verifying %s for %s: %w", what, p.Images[i].Target, err)
				}
				return nil
			})
		}
	}
	return programs, eg.Wait()
}

func verifyProgram(ctx context.Context, ref gateway.Reference, p *plan.Plan, img plan.Image, name string) (program, error) {
	file, err := reffs.Open(ctx, ref, name)
	if err != nil {
		return program{}, err
	}
	facts, err := binary.ReadFor(img.Target, file)
	if err != nil {
		return program{}, fmt.Errorf("reading %s: %w", name, err)
	}
	return program{facts: facts, size: file.Size()}, errors.Join(facts.Check(img.Target), checkStamp(facts, p), checkSettings(facts, p))
}

// checkStamp compares what the program says of its commit with what the labels will say. The version of a program that was
// not stamped is "(devel)".
func checkStamp(facts *binary.Facts, p *plan.Plan) error {
	if p.Stamp.VCS == nil || p.Stamp.VCS.Revision == "" {
		return nil
	}
	if got := facts.Settings["vcs.revision"]; got != p.Metadata.Revision {
		return fmt.Errorf("the program says that its revision is %q, but the build is of %s", got, p.Metadata.Revision)
	}
	if got := facts.Module.Version; p.Metadata.Version != "" && got != p.Metadata.Version {
		return fmt.Errorf("the program says that its version is %q, but the build is of %s", got, p.Metadata.Version)
	}
	return nil
}

// checkSettings: what a Go that does not know a setting leaves out without a word. The Go of a builder image may be any.
func checkSettings(facts *binary.Facts, p *plan.Plan) error {
	if want := p.Flags.Env["GOFIPS140"]; plan.UsesFIPS(p.Flags.Env) && facts.Settings["GOFIPS140"] == "" {
		return fmt.Errorf("the program was built without GOFIPS140=%s: %s does not know it", want, facts.GoVersion)
	}
	if plan.UsesBoring(p.Flags.Env) && facts.Settings["CGO_ENABLED"] != "1" {
		return errors.New("the program was built without C, and so without BoringCrypto")
	}
	return nil
}
