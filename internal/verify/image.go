// Package verify says whether an image that was built again is the same, and if not, why it is probably not.
//
// [Read] collects what an image says of how it was built. The image is foreign: whoever wrote it may mean harm. So what it says is no more
// than a wish until [Image.Recipe] has looked at it: each value has a narrow form, none becomes a flag or a part of a command, and an
// address that is to be fetched is one of the public web. [Compare] then says platform by platform what differs, and [Report] holds the
// likely reasons, which follow from what the two images say of themselves.
package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/containerd/platforms"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/imagefacts"
	"github.com/modship-build/modship/internal/ocidiff"
	"github.com/modship-build/modship/internal/ociread"
)

// Image is an image with what it says of itself.
type Image struct {
	Reference string
	Root      *imagefacts.Node
	// Platforms are its images, in the order of the index.
	Platforms []Platform
	// Attestations are the names of what is beside them that nothing runs: provenance and SBOMs, and artifacts without a platform.
	Attestations []string

	content ocidiff.Content
}

// Platform is the image for one platform.
type Platform struct {
	// Name is the platform in its normal form.
	Name string
	Node *imagefacts.Node
	// Config is the configuration, and Said the annotations of the manifest over its labels.
	Config ocispec.Image
	Said   map[string]string
	// GoVersion and Module, the path of the main module, are those of the program, read from it, and CGO says that C was compiled for it.
	GoVersion, Module string
	CGO               bool
}

// errNoImage says that there is nothing to build again.
var errNoImage = errors.New("there is no image of a platform in it")

// errNested says that there is what no build makes. Runtimes differ in which image they choose in it.
var errNested = errors.New("there is an index within an index in it")

// Read reads the documents of an image, and with programs, the layers, for the Go version of its program.
func Read(ctx context.Context, source *ociread.Source, programs bool) (*Image, error) {
	img := &Image{Reference: source.Reference(), content: ocidiff.Content{
		Walk: imagefacts.Walker(ctx, source),
		Open: func(desc ocispec.Descriptor) (io.ReadCloser, error) { return source.Blob(ctx, desc) },
	}}
	var err error
	if img.Root, err = imagefacts.Collect(ctx, source); err != nil {
		return nil, err
	}
	if err := img.addAll(); err != nil {
		return nil, fmt.Errorf("%s: %w", img.Reference, err)
	}
	if len(img.Platforms) == 0 {
		return nil, fmt.Errorf("%s: %w", img.Reference, errNoImage)
	}
	if !programs {
		return img, nil
	}
	return img, source.Images(ctx, nil, func(read *ociread.Image, err error) error {
		if err != nil {
			return err
		}
		i := slices.IndexFunc(img.Platforms, func(p Platform) bool { return p.Node.Descriptor.Digest == read.Manifest.Descriptor.Digest })
		if i < 0 {
			return nil
		}
		contents, err := imagefacts.ReadContents(ctx, read)
		if err != nil {
			return err
		}
		if main := contents.Main(); main != nil {
			p := &img.Platforms[i]
			p.GoVersion, p.Module, p.CGO = main.Facts.GoVersion, main.Facts.Module.Path, main.Facts.Settings["CGO_ENABLED"] == "1"
		}
		return nil
	})
}

// addAll finds the images and what is beside them.
func (img *Image) addAll() error {
	if img.Root.Config != nil {
		return img.add(img.Root)
	}
	for _, child := range img.Root.Children {
		if err := img.add(child); err != nil {
			return err
		}
	}
	return nil
}

// add takes one node. It passes over none that a runtime could choose: an artifact with a platform, which it leaves out, is an entry of the
// index that is compared.
func (img *Image) add(n *imagefacts.Node) error {
	switch {
	case unlooked(n):
		img.Attestations = append(img.Attestations, n.Name)
		return nil
	case n.Missing != nil:
		return n.Missing
	case n.Config == nil:
		return errNested
	case !n.Config.Image:
		return nil
	}
	p, err := newPlatform(n)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(img.Platforms, func(other Platform) bool { return other.Name == p.Name }) {
		return fmt.Errorf("two images for %s", p.Name)
	}
	img.Platforms = append(img.Platforms, p)
	return nil
}

// unlooked tells whether a node of an index is for no platform, so that no runtime chooses it.
func unlooked(n *imagefacts.Node) bool {
	artifact := n.Config != nil && !n.Config.Image && n.Missing == nil
	return n.Attestation || artifact && (n.Descriptor.Platform == nil || ociread.IsUnknown(n.Descriptor.Platform))
}

func newPlatform(n *imagefacts.Node) (Platform, error) {
	p := Platform{Node: n, Said: map[string]string{}}
	if err := decode(n.Config.Raw, &p.Config); err != nil {
		return p, fmt.Errorf("reading the configuration: %w", err)
	}
	var manifest ocispec.Manifest
	if err := decode(n.Raw, &manifest); err != nil {
		return p, fmt.Errorf("reading the manifest: %w", err)
	}
	maps.Copy(p.Said, p.Config.Config.Labels)
	maps.Copy(p.Said, manifest.Annotations)
	own := platforms.Normalize(p.Config.Platform)
	p.Name = platforms.FormatAll(own)
	return p, checkEntry(n.Descriptor.Platform, own)
}

// checkEntry compares the platform of an entry, which a runtime chooses by, with that of the configuration, which says what was built. The
// version of an OS is not said by every entry.
func checkEntry(entry *ocispec.Platform, own ocispec.Platform) error {
	if entry == nil {
		return nil
	}
	said := platforms.Normalize(*entry)
	if said.OSVersion == "" {
		own.OSVersion = ""
	}
	if a, b := platforms.FormatAll(said), platforms.FormatAll(own); a != b {
		return fmt.Errorf("the index has an image as one for %q, which says of itself that it is for %q", shorten(a), shorten(b))
	}
	return nil
}

// find gives the image for a platform, or nil.
func (img *Image) find(name string) *Platform {
	for i := range img.Platforms {
		if img.Platforms[i].Name == name {
			return &img.Platforms[i]
		}
	}
	return nil
}
