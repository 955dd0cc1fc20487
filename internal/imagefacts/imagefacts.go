// Package imagefacts collects what the documents of an image, or of any other artifact, say: the tree of indexes, manifests and
// configurations that a reference names, as the bytes they came in. It reads no layer.
package imagefacts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/ociread"
)

// Node is a document with those that it names.
type Node struct {
	// Name tells the node from others of its index, and is the same in an image that was built again: its platform, or what it
	// attests or is. It is "" for the root.
	Name       string
	Descriptor ocispec.Descriptor
	// Entry is the raw entry of the index that names it, Raw the document.
	Entry, Raw json.RawMessage
	// Made says that the source lacks the document, as [ociread.Document] has it.
	Made bool
	// Attestation says that it is provenance or an SBOM of another node.
	Attestation bool
	// Children are what an index names, in its order.
	Children []*Node
	// Config and Layers are those of a manifest.
	Config *Config
	Layers []Layer
	// Referrers are the documents that have this one as their subject, if [CollectReferrers] was asked for them.
	Referrers []*Node
	// Missing says why the document, which an index names, could not be read; then the rest is empty.
	Missing error
}

// Config is the configuration of a manifest.
type Config struct {
	Descriptor ocispec.Descriptor
	// Entry is the descriptor as the manifest has it, and Raw the configuration.
	Entry json.RawMessage
	Raw   []byte
	// Image says that it is that of an image; others have no form that is known here.
	Image bool
}

// Layer is a layer by what is said of it.
type Layer struct {
	Descriptor ocispec.Descriptor
	// Entry is the descriptor as the manifest has it.
	Entry json.RawMessage
	// DiffID is its digest without compression, "" if the configuration has none.
	DiffID digest.Digest
}

// maxDepth and maxNodes bound the tree as ociread bounds its own.
const maxDepth, maxNodes = 4, 10_000

// Collect reads all documents below the root of a source. A document that is missing or broken is a node that says so.
func Collect(ctx context.Context, s *ociread.Source) (*Node, error) {
	c := &collector{source: s, left: maxNodes}
	return c.node(ctx, s.Root(), 0)
}

// CollectReferrers adds what refers to the nodes of a tree. It costs a request for each.
func CollectReferrers(ctx context.Context, s *ociread.Source, root *Node) error {
	c := &collector{source: s, left: maxNodes}
	return c.referrers(ctx, root)
}

func (c *collector) referrers(ctx context.Context, n *Node) error {
	if !n.Made && n.Missing == nil {
		docs, err := c.source.Referrers(ctx, n.Descriptor.Digest)
		if err != nil {
			return err
		}
		for _, doc := range docs {
			referrer, err := c.node(ctx, doc, 0)
			if err != nil {
				return err
			}
			referrer.Attestation = true
			n.Referrers = append(n.Referrers, referrer)
		}
		nameReferrers(n.Referrers)
	}
	for _, child := range n.Children {
		if err := c.referrers(ctx, child); err != nil {
			return err
		}
	}
	return nil
}

// nameReferrers names them by what they are. What has the same name is numbered.
func nameReferrers(nodes []*Node) {
	used := map[string]int{}
	for _, n := range nodes {
		n.Name = "referrer " + kind(n.Descriptor)
		if used[n.Name]++; used[n.Name] > 1 {
			n.Name += fmt.Sprintf(" #%d", used[n.Name])
		}
	}
}

type collector struct {
	source *ociread.Source
	left   int
}

func (c *collector) node(ctx context.Context, doc *ociread.Document, depth int) (*Node, error) {
	if c.left--; c.left < 0 || depth > maxDepth {
		return nil, fmt.Errorf("%s: %w: indexes more than %d deep in each other, or more than %d documents", c.source.Reference(), ociread.ErrTooLarge, maxDepth, maxNodes)
	}
	n := &Node{Descriptor: doc.Descriptor, Entry: doc.Entry, Raw: doc.Raw, Made: doc.Made}
	if doc.Manifest != nil {
		return n, c.manifest(ctx, n, doc)
	}
	err := c.source.Children(ctx, doc, nil, func(child *ociread.Document, err error) error {
		entry := doc.Index.Manifests[len(n.Children)]
		next, attestation := &Node{Descriptor: entry, Missing: err}, ociread.IsAttestation(entry)
		if err == nil {
			attestation = child.IsAttestation()
			next, err = c.node(ctx, child, depth+1)
		} else {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		next.Attestation = attestation
		n.Children = append(n.Children, next)
		return nil
	})
	name(n.Children, n.Made)
	return n, err
}

// manifest reads the configuration. One that is too large or broken makes the node one that is missing.
func (c *collector) manifest(ctx context.Context, n *Node, doc *ociread.Document) error {
	m := doc.Manifest
	var entries struct {
		Config json.RawMessage   `json:"config"`
		Layers []json.RawMessage `json:"layers"`
	}
	if err := json.Unmarshal(doc.Raw, &entries); err != nil {
		return fmt.Errorf("%s: reading the manifest: %w", c.source.Reference(), err) // does not happen: it was read before
	}
	n.Config = &Config{Descriptor: m.Config, Entry: entries.Config}
	var ids []digest.Digest
	img, err := c.source.Image(ctx, doc)
	switch {
	case err == nil:
		n.Config.Raw, n.Config.Image, ids = img.RawConfig, true, img.Config.RootFS.DiffIDs
	case !errors.Is(err, ociread.ErrNotImage):
		n.Missing = err
	}
	if n.Missing != nil && n.Entry == nil {
		return n.Missing
	}
	for i, desc := range m.Layers {
		layer := Layer{Descriptor: desc, Entry: entries.Layers[i]}
		if len(ids) == len(m.Layers) {
			layer.DiffID = ids[i]
		}
		n.Layers = append(n.Layers, layer)
	}
	return nil
}

// name gives the nodes of an index names that do not depend on digests. What has the same name is numbered. Those of a list that was made,
// which has images that have nothing to do with each other, have their tags in front.
func name(nodes []*Node, made bool) {
	byDigest := map[string]string{}
	for _, n := range nodes {
		n.Name = kind(n.Descriptor)
		if tag := ociread.Tag(n.Descriptor); made && tag != "" {
			n.Name = strings.TrimSpace(tag + " " + platformOf(n))
		}
		if !n.Attestation {
			byDigest[n.Descriptor.Digest.String()] = n.Name
		}
	}
	used := map[string]int{}
	for _, n := range nodes {
		if n.Attestation {
			n.Name = "attestation of " + byDigest[n.Descriptor.Annotations["vnd.docker.reference.digest"]]
		}
		if used[n.Name]++; used[n.Name] > 1 {
			n.Name += fmt.Sprintf(" #%d", used[n.Name])
		}
	}
}

// platformOf is the platform of an image, as its entry or else its configuration says it, "" if it has none.
func platformOf(n *Node) string {
	p := n.Descriptor.Platform
	if p == nil && n.Config != nil {
		p = new(ocispec.Platform)
		_ = json.Unmarshal(n.Config.Raw, p) // what has none has no platform
	}
	if p == nil || p.OS == "" {
		return ""
	}
	return platforms.FormatAll(*p)
}

func kind(desc ocispec.Descriptor) string {
	names := []string{desc.Annotations[ocispec.AnnotationRefName], desc.ArtifactType, desc.MediaType, "document"}
	if p := desc.Platform; p != nil && p.OS != "" {
		names = slices.Insert(names, 0, platforms.FormatAll(*p))
	}
	return names[slices.IndexFunc(names, func(s string) bool { return s != "" })]
}
