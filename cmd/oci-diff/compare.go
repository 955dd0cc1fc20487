package main

import (
	"context"
	"encoding/json"
	"io"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/imagefacts"
	"github.com/modship-build/modship/internal/ocidiff"
)

// result is what is written, in one form or another.
type result struct {
	ocidiff.Result
	patch json.RawMessage // if that is asked for
}

// compare compares each image with the first.
func (o options) compare(ctx context.Context, refs []string, opts ocidiff.Options) (result, error) {
	result := result{Result: ocidiff.Result{Version: ocidiff.Version}}
	first, end, err := o.read(ctx, refs[0])
	if err != nil {
		return result, err
	}
	defer end()
	for _, ref := range refs[1:] {
		other, end, err := o.read(ctx, ref)
		if err != nil {
			return result, err
		}
		r, err := ocidiff.Compare(first, other, opts)
		end()
		if err == nil && o.output.String() == "patch" {
			result.patch, err = ocidiff.Patch(first, other)
		}
		if err != nil {
			return result, err
		}
		result.Comparisons = append(result.Comparisons, r)
	}
	return result, nil
}

// read reads the documents of an image. end gives back what its layers are read from.
func (o options) read(ctx context.Context, ref string) (image ocidiff.Image, end func(), err error) {
	source, err := o.source.Open(ctx, ref)
	if err != nil {
		return image, nil, err
	}
	image = ocidiff.Image{Reference: ref}
	if image.Root, err = imagefacts.Collect(ctx, source); err == nil && o.referrers {
		err = imagefacts.CollectReferrers(ctx, source, image.Root)
	}
	if err == nil && o.readAll {
		err = imagefacts.Check(ctx, source, image.Root)
	}
	if err != nil {
		source.Close()
		return image, nil, err
	}
	if !o.metadata {
		image.Content = ocidiff.Content{
			Walk: imagefacts.Walker(ctx, source),
			Open: func(desc ocispec.Descriptor) (io.ReadCloser, error) { return source.Blob(ctx, desc) },
		}
	}
	return image, func() { source.Close() }, nil
}
