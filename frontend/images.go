package frontend

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/containerd/platforms"
	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/plan"
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
		b.warnBuilderContext(ctx, ref, in.At("builder.image"))
		golang, err := b.resolveBuilder(ctx, ref)
		if err != nil {
			imageMistake(&mistakes, in.At("builder.image"), err, "builder image %s is not usable", ref)
		}
		in.Go, in.recipe.Builder = golang, golang.Image
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
	found := make([]resolvedBase, len(in.Targets))
	eg, ctx := errgroup.WithContext(ctx)
	for i, t := range in.Targets {
		eg.Go(func() (err error) {
			found[i], err = b.resolveBaseFor(ctx, ref, t.OCI())
			return err
		})
	}
	if err := eg.Wait(); err != nil {
		return base, err
	}
	for i, t := range in.Targets {
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

// resolvedBase is the base for one platform.
type resolvedBase struct {
	ref     string
	config  []byte
	context graph.Tree
}

// resolveBaseFor looks for a named context of the image's name before it asks a registry.
func (b *builder) resolveBaseFor(ctx context.Context, ref string, p ocispecs.Platform) (resolvedBase, error) {
	named, err := b.namedContext(ref, dockerui.ContextOpt{Platform: &p, ResolveMode: b.ui.ImageResolveMode.String()})
	if err != nil {
		return resolvedBase{}, err
	}
	if named == nil {
		pinned, config, err := b.resolveImage(ctx, ref, p)
		return resolvedBase{ref: pinned, config: config}, err
	}
	state, image, err := named.Load(ctx)
	if err != nil {
		return resolvedBase{}, fmt.Errorf("loading the named context: %w", unreachable(err))
	}
	name, err := withoutDigest(ref)
	if err != nil {
		return resolvedBase{}, err
	}
	base := resolvedBase{ref: name}
	if base.context, err = b.graph.Given(ctx, ref, *state); err != nil {
		return resolvedBase{}, err
	}
	if image != nil {
		if base.config, err = json.Marshal(image); err != nil {
			return resolvedBase{}, fmt.Errorf("encoding the configuration of the named context: %w", err)
		}
		if err := isFor(base.config, p); err != nil {
			return resolvedBase{}, err
		}
	}
	return base, nil
}

// resolveBuilder finds GOROOT by the image's own PATH.
func (b *builder) resolveBuilder(ctx context.Context, ref string) (plan.Go, error) {
	pinned, config, err := b.resolveImage(ctx, ref, b.options.build.OCI())
	if err != nil {
		return plan.Go{}, err
	}
	env, err := imageEnv(config)
	if err != nil {
		return plan.Go{}, err
	}
	return plan.Go{Image: pinned, Root: goRoot(env)}, nil
}

// resolveImage gives the reference with its digest, and the configuration for one platform.
func (b *builder) resolveImage(ctx context.Context, ref string, p ocispecs.Platform) (pinned string, config []byte, err error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return "", nil, fmt.Errorf("parsing the reference: %w", err)
	}
	// The resolver of a gateway client drops the resolve mode; this one keeps it.
	resolver := sourceresolver.NewImageMetaResolver(b.client)
	resolved, dgst, config, err := resolver.ResolveImageConfig(ctx, reference.TagNameOnly(named).String(), sourceresolver.Opt{
		LogName:  "[internal] resolve " + ref,
		ImageOpt: &sourceresolver.ResolveImageOpt{Platform: &p, ResolveMode: b.ui.ImageResolveMode.String()},
	})
	if err != nil {
		return "", nil, unreachable(err)
	}
	if err := isFor(config, p); err != nil {
		return "", nil, err
	}
	pinned, err = withDigest(resolved, dgst)
	return pinned, config, err
}

// isFor says whether an image is for a platform. One that is named by the digest of a manifest is taken whatever that is for.
func isFor(config []byte, want ocispecs.Platform) error {
	var have ocispecs.Image
	if err := json.Unmarshal(config, &have); err != nil {
		return fmt.Errorf("decoding the configuration of the image: %w", err)
	}
	want, got := platforms.Normalize(want), platforms.Normalize(have.Platform)
	unknown := have.OS == "" || have.Architecture == ""
	same := got.OS == want.OS && got.Architecture == want.Architecture
	if unknown || same && (have.Variant == "" || got.Variant == want.Variant || platforms.Only(want).Match(got)) {
		return nil
	}
	return fmt.Errorf("it is for %s, and not for %s; one that is named by a digest needs the digest of the index of all platforms",
		platforms.FormatAll(got), platforms.FormatAll(want))
}

// withoutDigest is for an image that another stands in for: what is in that has another digest.
func withoutDigest(ref string) (string, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return "", fmt.Errorf("parsing the reference: %w", err)
	}
	if _, ok := named.(reference.Digested); !ok {
		return ref, nil
	}
	name := reference.TrimNamed(named)
	if tagged, ok := named.(reference.Tagged); ok {
		if name, err = reference.WithTag(name, tagged.Tag()); err != nil {
			return "", fmt.Errorf("taking the digest from %s: %w", ref, err)
		}
	}
	return reference.FamiliarString(name), nil
}

func withDigest(ref string, dgst digest.Digest) (string, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return "", fmt.Errorf("parsing the resolved reference: %w", err)
	}
	pinned, err := reference.WithDigest(reference.TrimNamed(named), dgst)
	if err != nil {
		return "", fmt.Errorf("pinning %s: %w", ref, err)
	}
	return pinned.String(), nil
}
