package frontend

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerui"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/image"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/reffs"
	"github.com/modship-build/modship/internal/request"
	graph "github.com/modship-build/modship/llb"
)

// SeedContext is the name of the context that a caller gives as seed, whatever the configuration says; [NoSeed] is none.
const (
	SeedContext = "modship-seed"
	NoSeed      = "docker-image://" + dockerui.EmptyImageName
)

// buildToken is a word that no other build has, made of the session's ID, which stays a secret.
func buildToken(session string) string {
	if session == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("token of " + session))
	return hex.EncodeToString(sum[:8])
}

// chooseSeed has a seed of the caller win over that of the configuration.
func (b *builder) chooseSeed(in *input) {
	b.contexts.ask(SeedContext)
	if b.ui.BuildOpts().Opts[contextPrefix+SeedContext] == NoSeed {
		in.Config.Cache.Seed = ""
		return
	}
	b.contexts.ask(in.Config.Cache.Seed)
	if slices.Contains(namedContexts(b.ui.BuildOpts().Opts), SeedContext) {
		in.Config.Cache.Seed = SeedContext
	}
}

// seed has the compile of the dependencies start from the packages of an image, where it will run and where nothing is kept of earlier
// builds. That needs no image: if there is none that fits, the build goes on without, with a warning.
func (b *builder) seed(ctx context.Context, in *input, p *plan.Plan, src graph.Sources) error {
	if p.Cache.Seed == "" || !p.NeedsAnalysis() || b.token == "" {
		return nil
	}
	if compiles, err := b.analyzedNow(ctx, p, src); err != nil || !compiles {
		return err
	}
	failed := make([]error, len(p.Images))
	var eg errgroup.Group
	for i, img := range p.Images {
		eg.Go(func() error {
			failed[i] = b.seedImage(ctx, p, img)
			return nil
		})
	}
	if err := eg.Wait(); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	var platforms []string
	var why error
	for i, err := range failed {
		if err != nil {
			platforms = append(platforms, p.Images[i].Target.String())
			if why == nil {
				why = err
			}
		}
	}
	if why != nil {
		b.warnAt(ctx, &diag.Error{Range: in.At("cache.seed"), Msg: fmt.Sprintf("the seed %s does not serve %s: %s",
			p.Cache.Seed, strings.Join(platforms, ", "), why)})
	}
	return nil
}

// analyzedNow tells whether the list of dependencies was made in this build. If it comes from a cache, so do the compiled packages, as far
// as a seed could have them.
func (b *builder) analyzedNow(ctx context.Context, p *plan.Plan, src graph.Sources) (bool, error) {
	ref, err := b.solveTree(ctx, b.graph.Analysis(&p.Draft, src))
	if err != nil {
		return false, err
	}
	token, err := reffs.ReadFile(ctx, ref, request.TokenFile, maxToken)
	if errors.Is(err, fs.ErrNotExist) { // it was made by a build without a seed
		return false, nil
	}
	return string(token) == b.token, err
}

// maxToken bounds what [buildToken] gives, in bytes.
const maxToken = 64

// maxSeedReport bounds seed.json, in bytes.
const maxSeedReport = 4 << 10

func (b *builder) seedImage(ctx context.Context, p *plan.Plan, img plan.Image) error {
	var report request.SeedReport
	if err := b.readJSON(ctx, b.graph.Seed(p, img, graph.Tree{}), request.SeedFile, maxSeedReport, &report); err != nil {
		return err
	}
	if report.Kept > 0 {
		return nil
	}
	found, err := b.resolve(ctx, p.Cache.Seed, img.Target.OCI())
	if err != nil {
		return err
	}
	if err := image.CheckCompileCache(found.config, p, img); err != nil {
		return err
	}
	tree := found.context
	if tree.Empty() {
		tree = b.graph.SeedImage(found.ref, img)
	}
	return b.readJSON(ctx, b.graph.Seed(p, img, tree), request.SeedFile, maxSeedReport, &report)
}
