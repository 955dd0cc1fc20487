package frontend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"

	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/errdefs"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/reffs"
	"github.com/modship-build/modship/internal/request"
	graph "github.com/modship-build/modship/llb"
)

// maxAnalysis bounds analysis.json, in bytes.
const maxAnalysis = 16 << 20

// analyze gives what is said of the packages that each image imports. Apart are the targets of the configuration, by [plan.Draft.Joined], that
// must be looked at by themselves; then nothing else is said.
func (b *builder) analyze(ctx context.Context, d *plan.Draft, src graph.Sources) (found []analyze.Summary, apart []string, err error) {
	found, apart, err = b.readAnalyzed(ctx, d, src)
	for b.fetchAgain(ctx, err) { // zips that are others than they were are named a part at a time
		found, apart, err = b.readAnalyzed(ctx, d, src)
	}
	return found, apart, err
}

func (b *builder) readAnalyzed(ctx context.Context, d *plan.Draft, src graph.Sources) (found []analyze.Summary, apart []string, err error) {
	ref, err := b.solveTree(ctx, b.graph.Analysis(d, src))
	if err != nil {
		return nil, nil, err
	}
	var all []analyze.Summary
	if d.IsShared() {
		all, err = readAnalysis(ctx, ref, d, func(img plan.Image) string { return request.AnalyzedDir(img.Target) })
		if err != nil || len(all[0].Apart) > 0 { // all images say the same
			return nil, all[0].Apart, err
		}
	}
	if found, err = readAnalysis(ctx, ref, d, func(img plan.Image) string { return graph.AnalysisDir(d, img) }); err != nil {
		return nil, nil, err
	}
	for i := range all {
		if all[i].CgoMatters && !found[i].CgoMatters {
			apart, err = wantC(ctx, ref, d)
			return nil, apart, err
		}
		found[i].Common = all[i].Common // of what is compiled, and not of this program
	}
	return found, nil, nil
}

// wantC gives the targets that are compiled with C, or tried, on some platform.
func wantC(ctx context.Context, ref gateway.Reference, d *plan.Draft) ([]string, error) {
	var targets []string
	for _, img := range d.Images {
		if img.Shared == nil {
			continue
		}
		for joined := range img.Shared.Programs {
			var found analyze.Summary
			if err := readSummary(ctx, ref, img, graph.ProgramsDir(img, joined), &found); err != nil {
				return nil, err
			}
			if found.CgoMatters {
				targets = append(targets, joined)
			}
		}
	}
	if len(targets) == 0 { // nobody's that can be told
		for _, img := range d.Images {
			if img.Shared != nil {
				targets = slices.AppendSeq(targets, maps.Keys(img.Shared.Programs))
			}
		}
	}
	slices.Sort(targets)
	return slices.Compact(targets), nil
}

// fetchAgain has the graph fetch modules anew, if a step failed for want of that. It tells whether it is worth to solve again.
//   - Zips may be gone from where they are kept when step analyze wants them: the daemon collects what the modules are, what is said of them,
//     their files and its cache mounts each apart.
//   - A step may have been refused by a host that nobody knew of before, and for which the client may have something.
func (b *builder) fetchAgain(ctx context.Context, err error) bool {
	failed, ok := errors.AsType[*errdefs.SolveError](err)
	if !ok || failed.Solve == nil {
		return false
	}
	switch failedStage(err) {
	case request.StageAnalyze:
		found, err := b.readFailure(ctx, failed.Solve)
		return err == nil && b.graph.FetchAgain(found.Gone)
	case request.StageModules, request.StageGraph:
		found, err := b.readFailure(ctx, failed.Solve)
		return err == nil && b.graph.FetchFrom(found.Hosts)
	}
	return false
}

// readAnalysis reads what is said in a folder for each image.
func readAnalysis(ctx context.Context, ref gateway.Reference, d *plan.Draft, dir func(plan.Image) string) ([]analyze.Summary, error) {
	found := make([]analyze.Summary, len(d.Images))
	eg, ctx := errgroup.WithContext(ctx)
	for i, img := range d.Images {
		eg.Go(func() error { return readSummary(ctx, ref, img, dir(img), &found[i]) })
	}
	return found, eg.Wait()
}

func readSummary(ctx context.Context, ref gateway.Reference, img plan.Image, dir string, into *analyze.Summary) error {
	content, err := reffs.ReadFile(ctx, ref, path.Join(dir, request.AnalysisFile), maxAnalysis)
	if err != nil {
		return fmt.Errorf("analyzing the imports for %s: %w", img.Target, err)
	}
	return json.Unmarshal(content, into)
}
