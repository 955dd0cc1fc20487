package ociread

import (
	"encoding/json"
	"slices"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Media types of Docker, which mean the same as those of OCI.
const (
	dockerIndex    = "application/vnd.docker.distribution.manifest.list.v2+json"
	dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
	dockerConfig   = "application/vnd.docker.container.image.v1+json"
)

// Document is an index or a manifest.
type Document struct {
	// Descriptor has the media type that the source says, else that of the document itself, and digest and size as they are. What
	// else it has comes from the index that names it: an entry's platform and annotations.
	Descriptor ocispec.Descriptor
	// Entry is the raw entry of that index, nil for the root of a source if no layout lists it.
	Entry json.RawMessage
	// Raw is the document.
	Raw []byte
	// Index or Manifest is what it means; the other is nil.
	Index    *ocispec.Index
	Manifest *ocispec.Manifest
	// Made says that no such document was found: it stands for what an archive of docker save, or an index.json, lists. Its digest
	// means nothing.
	Made bool

	entries []json.RawMessage // of Index.Manifests
}

// parseDocument reads an index or manifest whose digest was checked. mediaType and the entry's fields come from who named it.
func parseDocument(raw []byte, named ocispec.Descriptor, l limits) (*Document, error) {
	if err := checkJSON(raw, documentFields(), l.values); err != nil {
		return nil, err
	}
	var keys map[string]json.RawMessage
	if json.Unmarshal(raw, &keys) != nil || keys == nil {
		return nil, notImage("neither an index nor a manifest")
	}
	doc := &Document{Descriptor: named, Raw: raw}
	doc.Descriptor.Size = int64(len(raw))
	if doc.Descriptor.Digest == "" {
		doc.Descriptor.Digest = digest.FromBytes(raw)
	}
	_, index := keys["manifests"]
	_, layers := keys["layers"]
	_, config := keys["config"]
	switch {
	case index && (layers || config):
		return nil, broken("both an index and a manifest, so that readers differ in what it means")
	case keys["fsLayers"] != nil:
		return nil, notImage("in Docker's first format, which nothing writes any more: pull and push it with a newer Docker")
	case index:
		return doc, doc.parseIndex(keys["manifests"], l)
	case layers || config:
		return doc, doc.parseManifest(l)
	}
	return nil, notImage("neither an index nor a manifest")
}

func (d *Document) parseIndex(manifests json.RawMessage, l limits) error {
	d.Index = new(ocispec.Index)
	if err := json.Unmarshal(d.Raw, d.Index); err != nil {
		return broken("reading the index: %w", err)
	}
	if len(d.Index.Manifests) > l.entries {
		return tooLarge("an index of %d manifests", len(d.Index.Manifests))
	}
	if err := json.Unmarshal(manifests, &d.entries); err != nil {
		return broken("reading the index: %w", err)
	}
	if err := d.agree(d.Index.MediaType, ocispec.MediaTypeImageIndex, dockerIndex); err != nil {
		return err
	}
	return checkDescriptors("manifest", d.Index.Manifests)
}

func (d *Document) parseManifest(l limits) error {
	d.Manifest = new(ocispec.Manifest)
	if err := json.Unmarshal(d.Raw, d.Manifest); err != nil {
		return broken("reading the manifest: %w", err)
	}
	if len(d.Manifest.Layers) > l.entries {
		return tooLarge("a manifest of %d layers", len(d.Manifest.Layers))
	}
	if err := d.agree(d.Manifest.MediaType, ocispec.MediaTypeImageManifest, dockerManifest); err != nil {
		return err
	}
	if err := checkDescriptors("configuration", []ocispec.Descriptor{d.Manifest.Config}); err != nil {
		return err
	}
	return checkDescriptors("layer", d.Manifest.Layers)
}

// agree refuses media types, the document's own and the one that it goes by, of the other kind of document.
func (d *Document) agree(own string, kind ...string) error {
	if d.Descriptor.MediaType == "" {
		if d.Descriptor.MediaType = own; own == "" {
			d.Descriptor.MediaType = kind[0]
		}
	}
	for _, t := range []string{own, d.Descriptor.MediaType} {
		switch t {
		case ocispec.MediaTypeImageIndex, dockerIndex, ocispec.MediaTypeImageManifest, dockerManifest:
			if !slices.Contains(kind, t) {
				return broken("said to be %s, but it is not", t)
			}
		}
	}
	return nil
}

// checkDescriptors looks at what every use of a descriptor relies on.
func checkDescriptors(what string, list []ocispec.Descriptor) error {
	for i, desc := range list {
		if err := desc.Digest.Validate(); err != nil {
			return broken("%s %d has the digest %q: %w", what, i+1, desc.Digest, err)
		}
		if desc.Size < 0 {
			return broken("%s %d has a size below zero", what, i+1)
		}
	}
	return nil
}
