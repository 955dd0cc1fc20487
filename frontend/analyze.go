package frontend

import (
	"context"
	"encoding/json"
	"fmt"
	"path"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/reffs"
	"github.com/modship-build/modship/internal/request"
	graph "github.com/modship-build/modship/llb"
)

// maxAnalysis bounds analysis.json, in bytes.
const maxAnalysis = 16 << 20

// analyze runs the analysis of all images.
func (b *builder) analyze(ctx context.Context, d *plan.Draft, src graph.Sources) ([]analyze.Summary, error) {
	ref, err := b.solveTree(ctx, b.graph.Analysis(d, src))
	if err != nil {
		return nil, err
	}
	found := make([]analyze.Summary, len(d.Images))
	eg, ctx := errgroup.WithContext(ctx)
	for i, img := range d.Images {
		eg.Go(func() error {
			content, err := reffs.ReadFile(ctx, ref, path.Join(request.AnalyzedDir(img.Target), request.AnalysisFile), maxAnalysis)
			if err != nil {
				return fmt.Errorf("analyzing the imports for %s: %w", img.Target, err)
			}
			return json.Unmarshal(content, &found[i])
		})
	}
	return found, eg.Wait()
}
