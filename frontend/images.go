package frontend

import (
	"context"
	"fmt"
	"slices"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/target"
	graph "github.com/modship-build/modship/llb"
)

// baseImages is the base, resolved once.
type baseImages struct {
	// ref is the base with its digest, without one where --build-context replaces it, or "" for scratch.
	ref string
	// configs are the image configurations by platform.
	configs map[string][]byte
	// contexts stand in for the image, by platform, where --build-context replaces it.
	contexts map[string]graph.Tree
}

// resolveImages turns every tag of the configuration into a digest, once: what the image's metadata says of its base and
// what its layers are can then not differ.
func (b *builder) resolveImages(ctx context.Context, in *input) error {
	var mistakes diag.List
	if ref := in.Config.Builder.Image; ref != "" {
		if err := b.resolveBuilder(ctx, ref, in); err != nil {
			imageMistake(&mistakes, in.At("builder.image"), err, "builder image %s is not usable", ref)
		}
	}
	if ref := in.Config.Image.Base; ref != "" && ref != defaults.Base {
		base, err := b.resolveBase(ctx, ref, in)
		if err != nil {
			imageMistake(&mistakes, in.At("image.base"), err, "base image %s is not usable", ref)
		}
		in.bases, in.Base = base, base.ref
	}
	return mistakes.Err()
}

func (b *builder) resolveBase(ctx context.Context, ref string, in *input) (baseImages, error) {
	base := baseImages{configs: map[string][]byte{}, contexts: map[string]graph.Tree{}}
	targets := slices.DeleteFunc(slices.Clone(in.Targets), func(t target.Target) bool { return !t.IsLinux() })
	if len(targets) == 0 {
		return base, nil // no image is made
	}
	found := make([]resolved, len(targets))
	eg, ctx := errgroup.WithContext(ctx)
	for i, t := range targets {
		eg.Go(func() (err error) {
			found[i], err = b.resolve(ctx, ref, t.OCI())
			return err
		})
	}
	if err := eg.Wait(); err != nil {
		return base, err
	}
	for i, t := range targets {
		if found[i].ref != found[0].ref {
			return base, fmt.Errorf("it changed while it was resolved: %s, then %s", found[0].ref, found[i].ref)
		}
		base.configs[t.String()] = found[i].config
		if !found[i].context.Empty() {
			base.contexts[t.String()] = found[i].context
		}
	}
	base.ref = found[0].ref
	return base, nil
}

// resolveBuilder finds GOROOT by the image's own PATH. What a context has is known by no digest, so nothing is kept for builds that have
// another one.
func (b *builder) resolveBuilder(ctx context.Context, ref string, in *input) error {
	found, err := b.resolve(ctx, ref, b.options.build.OCI())
	if err != nil {
		return err
	}
	env, err := imageEnv(found.config)
	if err != nil {
		return err
	}
	in.Go = plan.Go{Image: found.ref, Root: goRoot(env)}
	if in.goImage = found.context; in.goImage.Empty() {
		in.recipe.Builder = found.ref
	} else {
		in.Config.Cache = config.Cache{Isolated: true}
	}
	return nil
}
