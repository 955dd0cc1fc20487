package frontend

import (
	"context"
	"fmt"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/toolchain"
)

// chooseGo settles the Go version, unless a builder image has its own.
func (b *builder) chooseGo(ctx context.Context, in *input) error {
	if in.Go.Image != "" {
		return nil
	}
	if b.options.golang != "" {
		if in.Config.Go.Version != b.options.golang {
			in.Config.Go.Sums = nil // they are of another one
		}
		in.Config.Go.Version = b.options.golang // which the digest of the configuration does not see
	}
	if err := toolchain.Usable(in.Fetch, len(in.Config.Go.Sums) > 0); err != nil {
		return err
	}
	return in.ChooseGo(ctx, b)
}

// maxVersions bounds the list of Go versions, in bytes: a version has 12.
const maxVersions = 1 << 20

// NewestGo asks the module proxy, in a step that BuildKit caches.
func (b *builder) NewestGo(ctx context.Context, in plan.Input) (string, error) {
	var versions []string
	if err := b.readJSON(ctx, b.graph.Versions(in.Build, in.Fetch), request.VersionsFile, maxVersions, &versions); err != nil {
		return "", fmt.Errorf("choosing the Go version: %w", err)
	}
	return toolchain.Choose(versions, in.Facts.Toolchain, in.Facts.Language, in.Config.Go.Version)
}

// maxFetchedGo bounds go.json, in bytes: a hash.
const maxFetchedGo = 4 << 10

// identifyGo finds out what the toolchain is by its content. Caches that builds share are kept apart by that: of one version, another
// checksum database may vouch for something else. An isolated build shares none, unless it
// gives one away.
func (b *builder) identifyGo(ctx context.Context, in *input, d *plan.Draft) (sum string, err error) {
	shares := !d.Cache.Isolated || in.output.early != nil
	if !shares || b.options.plan {
		return "", nil
	}
	said := b.graph.FetchedGo(d)
	if said.Empty() {
		return "", nil
	}
	var fetched request.FetchedGo
	if err := b.readJSON(ctx, said, request.GoFile, maxFetchedGo, &fetched); err != nil {
		return "", fmt.Errorf("fetching Go %s: %w", d.Go.Version, err)
	}
	return fetched.Sum, nil
}

// checkC refuses a Go that is not to compile C as soon as it is known that there is some: mostly before anything is fetched. That of a
// builder image is known to the steps alone.
func checkC(in *input, d *plan.Draft) error {
	if !d.UsesCgo() || in.Go.Image != "" {
		return nil
	}
	err := toolchain.CheckCOf(in.Go.Version, in.Facts.Toolchain, in.Facts.Language, in.Config.Go.Version)
	return toolchain.Locate(err, in.Facts, in.At("go"))
}
