package verify

import (
	"encoding/json"
	"slices"

	"github.com/containerd/platforms"
	"github.com/opencontainers/go-digest"
	specs "github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/imagefacts"
	"github.com/modship-build/modship/internal/ocidiff"
)

// Version is the version of [Report] in JSON. It changes when a field changes its meaning or goes.
const Version = 1

// Report says whether an image is what a build makes again.
type Report struct {
	Version int `json:"version"`
	// Image is the one that was verified, Recipe what the build was told, From where it took the source.
	Image  ocidiff.Side `json:"image"`
	From   string       `json:"from"`
	Recipe *Recipe      `json:"recipe"`
	// Equal says that all platforms are equal, and the index if one of both has one.
	Equal     bool      `json:"equal"`
	Platforms []Verdict `json:"platforms"`
	Index     *Verdict  `json:"index,omitempty"`
	Unlooked  []string  `json:"notCompared,omitempty"`
	Reasons   []string  `json:"reasons,omitempty"`
}

// Verdict is about one manifest, or about the index.
type Verdict struct {
	Platform string `json:"platform,omitempty"`
	// Equal says that nothing differs that counts, Identical that the digests are the same. Those of an image out of an archive of Docker,
	// which has no manifests, are not; of an index neither, where attestations are in it.
	Equal     bool `json:"equal"`
	Identical bool `json:"identical"`
	// Missing says that the build made no image for the platform.
	Missing bool            `json:"missing,omitempty"`
	Diff    *ocidiff.Report `json:"difference,omitempty"`
}

// Compare compares an image with one that was built again. Attestations are named and left alone: they speak of the build, and each
// has its own. So are artifacts that are for no platform, which are not of the build.
func Compare(img, rebuilt *Image, recipe *Recipe, opts ocidiff.Options) (*Report, error) {
	r := &Report{
		Version: Version, Recipe: recipe, Equal: true, Unlooked: img.Attestations,
		Image: ocidiff.Side{Reference: img.Reference, Digest: img.Root.Descriptor.Digest.String(), MediaType: img.Root.Descriptor.MediaType},
	}
	reasons := reasoner{recipe: recipe}
	for _, name := range recipe.Platforms {
		a, b := img.find(name), rebuilt.find(name)
		if b == nil {
			r.Equal, r.Platforms = false, append(r.Platforms, Verdict{Platform: name, Missing: true})
			continue
		}
		v, err := verdict(img, rebuilt, a.Node, b.Node, opts)
		if err != nil {
			return nil, err
		}
		v.Platform = name
		r.Equal, r.Platforms = r.Equal && v.Equal, append(r.Platforms, v)
		if !v.Equal {
			reasons.add(a, b, v)
		}
	}
	if err := r.compareIndex(img, rebuilt, opts); err != nil {
		return nil, err
	}
	if r.Index != nil && !r.Index.Equal && len(reasons.list) == 0 {
		reasons.because("the index alone: it was made or changed by another tool, or given annotations of its own")
	}
	r.Reasons = reasons.list
	return r, nil
}

func verdict(img, rebuilt *Image, a, b *imagefacts.Node, opts ocidiff.Options) (Verdict, error) {
	v := Verdict{Identical: a.Descriptor.Digest == b.Descriptor.Digest}
	if v.Identical {
		v.Equal = true
		return v, nil
	}
	diff, err := ocidiff.Compare(
		ocidiff.Image{Reference: img.Reference, Root: a, Content: img.content},
		ocidiff.Image{Reference: rebuilt.Reference, Root: b, Content: rebuilt.content}, opts)
	v.Equal, v.Diff = diff.Equal, &diff
	return v, err
}

// compareIndex compares what an index says beside the images in it: its annotations, and the entries. Where only some platforms were built
// again, there is no other index, but nothing else may be there for those.
func (r *Report) compareIndex(img, rebuilt *Image, opts ocidiff.Options) error {
	if img.Root.Config != nil && rebuilt.Root.Config != nil {
		return nil
	}
	a, b, part := img.entries(r.Recipe), rebuilt.entries(r.Recipe), len(r.Platforms) != len(img.Platforms)
	if img.Root.Config == nil && rebuilt.Root.Config != nil && !r.Recipe.Index {
		b = wrapped(rebuilt.Root, img.Platforms[0]) // BuildKit makes an index for the attestations of an image, and there are none of this
	}
	if part {
		a.Made, b.Made = true, true
	}
	v, err := verdict(img, rebuilt, a, b, opts)
	if err != nil {
		return err
	}
	other := slices.ContainsFunc(r.Platforms, func(p Verdict) bool { return !p.Identical }) // entries have other digests in them
	if v.Diff != nil && (other || rebuilt.Root.Config != nil || len(img.Attestations)+len(rebuilt.Attestations) > 0) {
		dropFormatting(v.Diff)
		v.Equal = v.Diff.Equal
	}
	if !part || !v.Equal {
		r.Index, r.Equal = &v, r.Equal && v.Equal
	}
	return nil
}

// entries is the root with its images as entries alone: what differs in them is said with each. Those of platforms that were not to be
// built are left out.
func (img *Image) entries(recipe *Recipe) *imagefacts.Node {
	root := *img.Root
	root.Children, root.Referrers = nil, nil
	for _, child := range img.Root.Children {
		i := slices.IndexFunc(img.Platforms, func(p Platform) bool { return p.Node == child })
		if unlooked(child) || i >= 0 && !slices.Contains(recipe.Platforms, img.Platforms[i].Name) {
			continue
		}
		root.Children = append(root.Children, entry(child))
	}
	return &root
}

// entry is a node of which only the entry is left.
func entry(n *imagefacts.Node) *imagefacts.Node {
	e := *n
	e.Raw, e.Config, e.Children, e.Layers, e.Referrers = nil, nil, nil, nil, nil
	e.Made = true
	return &e
}

// wrapped is the index of one image that says nothing but its platform, as it is spelled for the image that it is compared with.
func wrapped(root *imagefacts.Node, other Platform) *imagefacts.Node {
	platform := platforms.Normalize(other.Config.Platform)
	if said := other.Node.Descriptor.Platform; said != nil {
		platform = *said
	}
	child := entry(root)
	child.Descriptor.Platform, child.Name = &platform, platforms.FormatAll(platform)
	child.Descriptor.Annotations = nil
	index := ocispec.Index{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageIndex, Manifests: []ocispec.Descriptor{child.Descriptor}}
	raw, _ := json.Marshal(index) // what was read can be written
	child.Entry, _ = json.Marshal(child.Descriptor)
	return &imagefacts.Node{
		Descriptor: ocispec.Descriptor{MediaType: index.MediaType, Digest: digest.FromBytes(raw), Size: int64(len(raw))},
		Raw:        raw, Children: []*imagefacts.Node{child},
	}
}

// dropFormatting leaves out that indexes are not the same bytes, where the digests of what is in them are others.
func dropFormatting(diff *ocidiff.Report) {
	diff.Differences = slices.DeleteFunc(diff.Differences, func(d ocidiff.Difference) bool {
		return len(d.In) == 0 && d.Level == ocidiff.Index && d.Cause == ocidiff.Formatting
	})
	diff.Causes = slices.DeleteFunc(diff.Causes, func(c ocidiff.Cause) bool { return c == ocidiff.Formatting })
	diff.Equal = len(diff.Differences) == 0
}
