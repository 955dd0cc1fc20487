package frontend

import (
	"context"
	"fmt"
	"path"

	"github.com/modship-build/modship/internal/licenses"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/reffs"
)

// maxLicense bounds a license file that is read, in bytes.
const maxLicense = 1 << 20

// readLicenses finds the license of the main module in its own folder, unless the configuration names one.
func (b *builder) readLicenses(ctx context.Context, in *input, p *plan.Plan) error {
	if in.config.Metadata.Licenses != "" {
		return nil
	}
	dir := in.facts.ModuleOf(p.Main.Dir).Dir
	var patterns []string
	for _, name := range licenses.Patterns() {
		patterns = append(patterns, path.Join(plan.EscapePattern(dir), name))
	}
	ref, err := b.readPart(ctx, "license files", patterns)
	if err != nil {
		return fmt.Errorf("loading the license files: %w", err)
	}
	in.licenses, _, err = licenses.Detect(reffs.FS(ctx, ref, maxLicense), dir)
	return err
}
