package frontend

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/containerd/platforms"
	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	graph "github.com/modship-build/modship/llb"
)

// resolved is what a name stands for on one platform.
type resolved struct {
	// ref is an image with its digest, or the name without one where a context stands in for it.
	ref string
	// config is the configuration of the image; nil where a folder stands in.
	config []byte
	// context is what stands in.
	context graph.Tree
}

// resolve is the one way from a name of the configuration to what it stands for: the context that the caller of the build gives for it, or
// else the image of a registry, with the digest that its tag has now. What it is has no code of the project in it.
func (b *builder) resolve(ctx context.Context, name string, p ocispecs.Platform) (resolved, error) {
	given, err := b.givenContext(ctx, name, b.graph.Given, p)
	if err != nil {
		return resolved{}, err
	}
	if given == nil {
		pinned, config, err := b.resolveImage(ctx, name, p)
		if err == nil {
			err = isFor(config, p)
		}
		return resolved{ref: pinned, config: config}, err
	}
	if given.config != nil {
		if err := isFor(given.config, p); err != nil {
			return resolved{}, err
		}
	}
	return *given, nil
}

// resolveFiles is resolve for files that become part of the project, of the first platform that a context is given for. An image may be for
// another platform.
func (b *builder) resolveFiles(ctx context.Context, name string, all []ocispecs.Platform) (resolved, error) {
	given, err := b.givenContext(ctx, name, b.graph.Code, all...)
	if err != nil || given != nil {
		return orNone(given), err
	}
	ref, config, err := b.resolveImage(ctx, name, all[0])
	if err == nil {
		err = b.images.take(name, ref)
	}
	if err != nil {
		return resolved{}, err
	}
	tree, err := b.graph.Code(ctx, ref, llb.Image(ref, llb.Platform(all[0]), llb.WithCustomName("[internal] load "+name)))
	return resolved{ref: ref, config: config, context: tree}, err
}

func orNone(r *resolved) resolved {
	if r == nil {
		return resolved{}
	}
	return *r
}

// givenContext gives the context that the caller of the build names so; nil if there is none.
func (b *builder) givenContext(ctx context.Context, name string, take takeState, all ...ocispecs.Platform) (*resolved, error) {
	b.contexts.ask(name)
	for _, p := range all {
		var sum digest.Digest
		named, err := b.ui.NamedContext(name, dockerui.ContextOpt{Platform: &p, ResolveMode: b.ui.ImageResolveMode.String(), CaptureDigest: &sum})
		if err != nil {
			return nil, err
		}
		if named != nil {
			b.contexts.found(name)
			found, err := b.loadContext(ctx, name, named, take, p)
			if err != nil {
				return nil, err
			}
			return found, b.noteImage(name, p, sum)
		}
	}
	return nil, nil
}

// noteImage notes for the recipe which image of a registry a context is, as it has been resolved.
func (b *builder) noteImage(name string, p ocispecs.Platform, sum digest.Digest) error {
	ref, ok := strings.CutPrefix(b.contextValue(name, p), "docker-image://")
	if !ok || sum == "" {
		return nil
	}
	pinned, err := withDigest(ref, sum)
	if err != nil {
		return err
	}
	tagged, err := withTag(ref, pinned)
	if err != nil {
		return err
	}
	b.contexts.foundImage(name, tagged)
	return nil
}

// takeState is [graph.Builder.Given] or [graph.Builder.Code].
type takeState func(ctx context.Context, name string, state llb.State) (graph.Tree, error)

func (b *builder) loadContext(ctx context.Context, name string, named *dockerui.NamedContext, take takeState, p ocispecs.Platform) (*resolved, error) {
	state, image, err := named.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("loading the named context: %w", unreachable(err))
	}
	ref, err := withoutDigest(name)
	if err != nil {
		return nil, err
	}
	found := &resolved{ref: ref}
	if found.context, err = take(ctx, name, *state); err != nil {
		return nil, err
	}
	if b.isDownload(name, p) {
		found.context = b.graph.Unpack(found.context, downloadName)
	}
	if image != nil {
		if found.config, err = json.Marshal(image); err != nil {
			return nil, fmt.Errorf("encoding the configuration of the named context: %w", err)
		}
	}
	return found, nil
}

// downloadName is what dockerui calls the file of a context that is the address of one.
const downloadName = "context"

// isDownload tells whether a context is the address of a file, which is then an archive.
func (b *builder) isDownload(name string, p ocispecs.Platform) bool {
	value := b.contextValue(name, p)
	if !strings.HasPrefix(value, "http://") && !strings.HasPrefix(value, "https://") {
		return false
	}
	_, isGit, _ := dockerui.DetectGitContext(value, nil)
	return !isGit
}

// contextValue is what the caller of the build gives as a context.
func (b *builder) contextValue(name string, p ocispecs.Platform) string {
	opts := b.ui.BuildOpts().Opts
	key := contextPrefix + contextName(name)
	if value, ok := opts[key+"::"+platforms.FormatAll(platforms.Normalize(p))]; ok {
		return value
	}
	return opts[key]
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
	pinned, err = withDigest(resolved, dgst)
	return pinned, config, err
}

// isFor says whether an image is for a platform. One that is named by the digest of a manifest is taken whatever that is for.
func isFor(config []byte, want ocispecs.Platform) error {
	have, other, err := otherPlatform(config, want)
	if err != nil || !other {
		return err
	}
	return fmt.Errorf("it is for %s, and not for %s; one that is named by a digest needs the digest of the index of all platforms",
		have, platforms.FormatAll(platforms.Normalize(want)))
}

// otherPlatform tells whether an image says that it is for another platform than the wanted one, and for which.
func otherPlatform(config []byte, want ocispecs.Platform) (have string, other bool, err error) {
	var image ocispecs.Image
	if err := json.Unmarshal(config, &image); err != nil {
		return "", false, fmt.Errorf("decoding the configuration of the image: %w", err)
	}
	want, got := platforms.Normalize(want), platforms.Normalize(image.Platform)
	unknown := image.OS == "" || image.Architecture == ""
	same := got.OS == want.OS && got.Architecture == want.Architecture
	fits := unknown || same && (image.Variant == "" || got.Variant == want.Variant || platforms.Only(want).Match(got))
	return platforms.FormatAll(got), !fits, nil
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

// withTag is a reference with its digest, and with the tag that name has.
func withTag(name, pinned string) (string, error) {
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return "", fmt.Errorf("parsing the reference: %w", err)
	}
	_, dgst, _ := strings.Cut(pinned, "@")
	if tagged, ok := reference.TagNameOnly(named).(reference.Tagged); ok {
		return named.Name() + ":" + tagged.Tag() + "@" + dgst, nil
	}
	return pinned, nil
}
