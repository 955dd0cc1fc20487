package imagefacts

import (
	"archive/tar"
	"context"
	"io"

	"github.com/opencontainers/go-digest"

	"github.com/modship-build/modship/internal/ociread"
)

// Walker gives the function that reads a layer of a source: every entry of it to fn, and in the end the digest of the layer without
// compression, once all of it was found to be what the layer's descriptor and configuration say.
func Walker(ctx context.Context, source *ociread.Source) func(l Layer, fn func(*tar.Header, io.Reader) error) (digest.Digest, error) {
	return func(l Layer, fn func(*tar.Header, io.Reader) error) (digest.Digest, error) {
		layer := source.Layer(l.Descriptor)
		layer.DiffID = l.DiffID
		facts, err := layer.Walk(ctx, fn)
		return facts.DiffID, err
	}
}
