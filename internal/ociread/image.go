package ociread

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/containerd/platforms"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Image is a manifest with its configuration.
type Image struct {
	// Path are the indexes that lead to the manifest, the outermost first.
	Path     []*Document
	Manifest *Document
	// RawConfig is the configuration, and Config what it means.
	RawConfig []byte
	Config    dockerspec.DockerOCIImage

	source *Source
}

// Image reads the configuration of a manifest. The error wraps [ErrNotImage] for other artifacts: charts, signatures, attestations.
func (s *Source) Image(ctx context.Context, manifest *Document) (*Image, error) {
	d := manifest.Descriptor.Digest
	if manifest.Manifest == nil {
		return nil, s.fail(d, notImage("an index of images"))
	}
	desc := manifest.Manifest.Config
	switch desc.MediaType {
	case ocispec.MediaTypeImageConfig, dockerConfig, "":
	default:
		return nil, s.fail(d, notImage("an artifact with a configuration of %s", desc.MediaType))
	}
	raw, err := s.read(ctx, desc, false)
	if err != nil {
		return nil, s.fail(desc.Digest, err)
	}
	img := &Image{Manifest: manifest, RawConfig: raw, source: s}
	if err := checkJSON(raw, configFields(), s.limits.values); err != nil {
		return nil, s.fail(desc.Digest, err)
	}
	if err := json.Unmarshal(raw, &img.Config); err != nil {
		return nil, s.fail(desc.Digest, broken("reading the configuration: %w", err))
	}
	if err := checkDiffIDs(img.Config.RootFS.DiffIDs); err != nil {
		return nil, s.fail(desc.Digest, err)
	}
	return img, nil
}

// checkDiffIDs refuses those that no layer can be held against.
func checkDiffIDs(ids []digest.Digest) error {
	for i, id := range ids {
		if err := id.Validate(); err != nil {
			return broken("the configuration has the diff ID %q for layer %d: %w", id, i+1, err)
		}
	}
	return nil
}

// inToto is the media type of what attestations have as layers.
const inToto = "application/vnd.in-toto+json"

// IsAttestation tells whether an entry of an index is said to be BuildKit's provenance or SBOM of another entry. It is not where it has a
// platform, or none: then a runtime, which does not know the annotation, may choose it. What has been read says more: [Document.IsAttestation].
func IsAttestation(entry ocispec.Descriptor) bool {
	return entry.Annotations["vnd.docker.reference.type"] == "attestation-manifest" && IsUnknown(entry.Platform)
}

// IsUnknown tells whether a platform is the one of entries that are for none.
func IsUnknown(p *ocispec.Platform) bool {
	return p != nil && p.OS == "unknown" && p.Architecture == "unknown"
}

// IsAttestation tells whether the document is what [IsAttestation] says of its entry: all that it holds are statements of in-toto.
func (d *Document) IsAttestation() bool {
	return IsAttestation(d.Descriptor) && d.Manifest != nil &&
		!slices.ContainsFunc(d.Manifest.Layers, func(l ocispec.Descriptor) bool { return l.MediaType != inToto })
}

// Reference is the source as it was given, with the tag of the image if the source is a list of several.
func (img *Image) Reference() string {
	ref := img.source.ref
	if !img.source.root.Made || len(img.Path) == 0 {
		return ref
	}
	entry := img.Manifest
	if len(img.Path) > 1 {
		entry = img.Path[1]
	}
	if tag := Tag(entry.Descriptor); tag != "" {
		return ref + ":" + tag
	}
	return ref
}

// Tag is the tag or name that a list of images has for an entry, "" if it has none.
func Tag(entry ocispec.Descriptor) string {
	if names := refNames(entry); len(names) > 0 {
		return names[0]
	}
	return ""
}

// Platform is the platform that the index says, else that of the configuration.
func (img *Image) Platform() ocispec.Platform {
	if p := img.Manifest.Descriptor.Platform; p != nil {
		return *p
	}
	return img.Config.Platform
}

// Images gives every image below the root to fn, in the order of the indexes, or else the error of reading it: one platform that
// cannot be read does not hide the others. One that is listed for a platform several times is given once. Attestations and other artifacts are no images. keep, which may be nil, says of entries of
// indexes whether they are wanted; others are not read. The first error of fn ends it.
func (s *Source) Images(ctx context.Context, keep func(ocispec.Descriptor) bool, fn func(*Image, error) error) error {
	w := &imageWalk{source: s, keep: keep, fn: fn, left: s.limits.entries, given: map[string]bool{}}
	return w.document(ctx, s.root, nil)
}

type imageWalk struct {
	source *Source
	keep   func(ocispec.Descriptor) bool
	fn     func(*Image, error) error
	left   int
	// given are the images so far, by digest and platform. There is work to do for each, which an index must not multiply.
	given map[string]bool
}

func (w *imageWalk) document(ctx context.Context, doc *Document, path []*Document) error {
	if w.left--; w.left < 0 {
		return w.source.fail(doc.Descriptor.Digest, tooLarge("more than %d indexes and manifests", w.source.limits.entries))
	}
	if doc.Index == nil {
		return w.image(ctx, doc, path)
	}
	if len(path) >= w.source.limits.depth {
		return w.fn(nil, w.source.fail(doc.Descriptor.Digest, tooLarge("indexes more than %d deep in each other", w.source.limits.depth)))
	}
	path = append(slices.Clip(path), doc)
	skip := func(entry ocispec.Descriptor) bool { return w.keep != nil && !w.keep(entry) || w.attests(ctx, entry) }
	return w.source.Children(ctx, doc, skip, func(child *Document, err error) error {
		if err != nil {
			return w.fn(nil, err)
		}
		return w.document(ctx, child, path)
	})
}

// attests tells whether an entry is an attestation; one that cannot be read counts as what it is said to be.
func (w *imageWalk) attests(ctx context.Context, entry ocispec.Descriptor) bool {
	if !IsAttestation(entry) {
		return false
	}
	doc, err := w.source.Document(ctx, entry)
	return err != nil || doc.IsAttestation()
}

func (w *imageWalk) image(ctx context.Context, doc *Document, path []*Document) error {
	switch doc.Manifest.Config.MediaType {
	case ocispec.MediaTypeImageConfig, dockerConfig, "":
	default:
		if len(path) > 0 {
			return nil
		}
	}
	img, err := w.source.Image(ctx, doc)
	if err != nil {
		return w.fn(nil, err)
	}
	key := doc.Descriptor.Digest.String() + " " + platforms.FormatAll(img.Platform())
	if w.given[key] {
		return nil
	}
	if w.given[key] = true; len(w.given) > w.source.limits.images {
		return w.source.fail(doc.Descriptor.Digest, tooLarge("more than %d images", w.source.limits.images))
	}
	img.Path = path
	return w.fn(img, nil)
}

// Layer is a layer of an image, or of another artifact.
type Layer struct {
	Descriptor ocispec.Descriptor
	// DiffID is the digest of the layer as the configuration has it, or "" if that has none.
	DiffID digest.Digest

	source *Source
}

// Layers are the layers, the lowest first.
func (img *Image) Layers() []Layer {
	layers := make([]Layer, 0, len(img.Manifest.Manifest.Layers))
	for i, desc := range img.Manifest.Manifest.Layers {
		layer := Layer{Descriptor: desc, source: img.source}
		if ids := img.Config.RootFS.DiffIDs; i < len(ids) {
			layer.DiffID = ids[i]
		}
		layers = append(layers, layer)
	}
	return layers
}

// Layer is a blob of this source as a layer, whatever names it.
func (s *Source) Layer(desc ocispec.Descriptor) Layer { return Layer{Descriptor: desc, source: s} }
