package imagefacts

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/ociread"
)

// Check reads every document and layer below a node to its end. The error says of each that is missing, or not what its digest and its
// configuration say.
func Check(ctx context.Context, source *ociread.Source, root *Node) error {
	c := &checker{ctx: ctx, source: source, walk: Walker(ctx, source), read: map[blobID]bool{}}
	c.node(root)
	return errors.Join(c.wrong...)
}

type checker struct {
	ctx    context.Context // of one call
	source *ociread.Source
	walk   func(Layer, func(*tar.Header, io.Reader) error) (digest.Digest, error)
	read   map[blobID]bool
	wrong  []error
}

// blobID is a layer as one image has it: what one says of it may be right and what another says wrong.
type blobID struct {
	digest, diffID digest.Digest
	size           int64
}

func (c *checker) node(n *Node) {
	if n.Missing != nil {
		c.wrong = append(c.wrong, n.Missing)
		return
	}
	if n.Config != nil && !n.Config.Image {
		c.layer(n, Layer{Descriptor: n.Config.Descriptor})
	}
	for _, l := range n.Layers {
		c.layer(n, l)
	}
	for _, child := range n.Children {
		c.node(child)
	}
	for _, referrer := range n.Referrers {
		c.node(referrer)
	}
}

// layer reads one, if it was not read yet. Those of images are archives, but for statements, which attestations have.
func (c *checker) layer(n *Node, l Layer) {
	id := blobID{l.Descriptor.Digest, l.DiffID, l.Descriptor.Size}
	if c.read[id] {
		return
	}
	c.read[id] = true
	var err error
	if n.Config.Image && !strings.HasSuffix(l.Descriptor.MediaType, "json") {
		_, err = c.walk(l, func(*tar.Header, io.Reader) error { return nil })
	} else {
		err = c.blob(l.Descriptor)
	}
	if err != nil {
		c.wrong = append(c.wrong, err)
	}
}

func (c *checker) blob(desc ocispec.Descriptor) error {
	r, err := c.source.Blob(c.ctx, desc)
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err := io.Copy(io.Discard, r); err != nil {
		return fmt.Errorf("%s (%s): %w", c.source.Reference(), desc.Digest, err)
	}
	return nil
}
