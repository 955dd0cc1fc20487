package frontend

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/plan"
)

// scratch is the base of images that hold nothing but the program and what Modship adds.
const scratch = "scratch"

// baseImages is the base, resolved once.
type baseImages struct {
	// ref is the base with its digest, or "" for scratch.
	ref string
	// configs are the image configurations by platform.
	configs map[string][]byte
}

// resolveImages turns every tag of the configuration into a digest, once: what the image's metadata says of its base and
// what its layers are can then not differ.
func (b *builder) resolveImages(ctx context.Context, in *input) error {
	var mistakes diag.List
	if ref := in.config.Builder.Image; ref != "" {
		golang, err := b.resolveBuilder(ctx, ref)
		if err != nil {
			mistakes.Addf(in.at("builder.image"), "no Go in %s", ref).Err = err
		}
		in.golang = golang
	}
	if ref := in.config.Image.Base; ref != "" && ref != scratch {
		base, err := b.resolveBase(ctx, ref, in)
		if err != nil {
			mistakes.Addf(in.at("image.base"), "base image %s is not usable", ref).Err = err
		}
		in.base = base
	}
	return mistakes.Err()
}

func (b *builder) resolveBase(ctx context.Context, ref string, in *input) (baseImages, error) {
	base := baseImages{configs: map[string][]byte{}}
	configs := make([][]byte, len(in.targets))
	refs := make([]string, len(in.targets))
	eg, ctx := errgroup.WithContext(ctx)
	for i, t := range in.targets {
		eg.Go(func() (err error) {
			refs[i], configs[i], err = b.resolveImage(ctx, ref, t.OCI())
			return err
		})
	}
	if err := eg.Wait(); err != nil {
		return base, err
	}
	for i, t := range in.targets {
		if refs[i] != refs[0] {
			return base, fmt.Errorf("it changed while it was resolved: %s, then %s", refs[0], refs[i])
		}
		base.configs[t.String()] = configs[i]
	}
	base.ref = refs[0]
	return base, nil
}

// resolveBuilder finds GOROOT by the image's own PATH.
func (b *builder) resolveBuilder(ctx context.Context, ref string) (plan.Go, error) {
	pinned, config, err := b.resolveImage(ctx, ref, b.host.Platform)
	if err != nil {
		return plan.Go{}, err
	}
	var image ocispecs.Image
	if err := json.Unmarshal(config, &image); err != nil {
		return plan.Go{}, fmt.Errorf("decoding its configuration: %w", err)
	}
	return plan.Go{Image: pinned, Root: goRoot(image.Config.Env)}, nil
}

// goRoot takes GOROOT from an image's environment, else the folder of PATH that the official Go images use.
func goRoot(env []string) string {
	const usual = "/usr/local/go"
	for _, kv := range env {
		if root, ok := strings.CutPrefix(kv, "GOROOT="); ok && path.IsAbs(root) {
			return path.Clean(root)
		}
	}
	for _, kv := range env {
		if list, ok := strings.CutPrefix(kv, "PATH="); ok {
			for dir := range strings.SplitSeq(list, ":") {
				if root, ok := strings.CutSuffix(dir, "/go/bin"); ok && root != "" {
					return root + "/go"
				}
			}
		}
	}
	return usual
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
		return "", nil, err
	}
	pinned, err = withDigest(resolved, dgst)
	return pinned, config, err
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
