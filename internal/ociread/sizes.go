package ociread

import (
	"archive/tar"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Sizes bounds what layers that are read one after the other say to have together. Each layer has bounds of its own; but holes of a sparse
// file take no bytes of an archive, and what a layer may have of them without a reason, many layers may not have many times. The zero value
// is ready.
type Sizes struct{ stored, claimed int64 }

// Layer counts a layer, whose entries follow.
func (s *Sizes) Layer(desc ocispec.Descriptor) { s.stored += desc.Size }

// Entry counts an entry of the layer.
func (s *Sizes) Entry(h *tar.Header) error { return s.entry(h, defaultLimits) }

func (s *Sizes) entry(h *tar.Header, l limits) error {
	if s.claimed += h.Size; s.claimed < 0 || s.claimed > l.free && s.claimed/l.ratio > s.stored {
		return tooLarge("compressed to less than one part in %d, as no real layer is", l.ratio)
	}
	return nil
}
