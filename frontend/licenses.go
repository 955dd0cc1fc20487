package frontend

import (
	"context"
	"fmt"
	"path"

	"github.com/modship-build/modship/internal/licenses"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
)

// maxLicense bounds an SPDX expression, in bytes.
const maxLicense = 64 << 10

// License recognises the license of the module in a folder, of which it takes no more than the license files.
func (b *builder) License(ctx context.Context, dir string) (string, error) {
	var patterns []string
	for _, name := range licenses.Patterns() {
		patterns = append(patterns, path.Join(plan.EscapePattern(dir), name))
	}
	files, err := b.context.part(ctx, "license files", patterns)
	if err != nil {
		return "", err
	}
	expression, err := b.readFile(ctx, b.graph.License(files, dir), request.LicenseFile, maxLicense)
	if err != nil {
		return "", fmt.Errorf("recognising the license: %w", err)
	}
	return string(expression), nil
}
