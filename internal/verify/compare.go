package verify

import (
	"slices"

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
	// Equal says that all platforms are equal, and the index if there is one.
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
// has its own.
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

// compareIndex compares what indexes say beside the images in them: their annotations, and those of the entries. Where only some platforms
// were built again, there is no other index.
func (r *Report) compareIndex(img, rebuilt *Image, opts ocidiff.Options) error {
	if !r.Recipe.Index || len(r.Platforms) != len(img.Platforms) || img.Root.Config != nil || rebuilt.Root.Config != nil {
		return nil
	}
	v, err := verdict(img, rebuilt, entries(img.Root), entries(rebuilt.Root), opts)
	if err != nil {
		return err
	}
	other := slices.ContainsFunc(r.Platforms, func(p Verdict) bool { return !p.Identical }) // entries have other digests in them
	if v.Diff != nil && (other || len(img.Attestations)+len(rebuilt.Attestations) > 0) {
		dropFormatting(v.Diff)
		v.Equal = v.Diff.Equal
	}
	r.Index, r.Equal = &v, r.Equal && v.Equal
	return nil
}

// entries is an index with its images as entries alone: what differs in them is said with each.
func entries(root *imagefacts.Node) *imagefacts.Node {
	index := *root
	index.Children, index.Referrers = nil, nil
	for _, child := range root.Children {
		if child.Attestation {
			continue
		}
		entry := *child
		entry.Raw, entry.Config, entry.Children, entry.Layers, entry.Referrers = nil, nil, nil, nil, nil
		entry.Made = true
		index.Children = append(index.Children, &entry)
	}
	return &index
}

// dropFormatting leaves out that indexes are not the same bytes, where the digests of what is in them are others.
func dropFormatting(diff *ocidiff.Report) {
	diff.Differences = slices.DeleteFunc(diff.Differences, func(d ocidiff.Difference) bool {
		return len(d.In) == 0 && d.Level == ocidiff.Index && d.Cause == ocidiff.Formatting
	})
	diff.Causes = slices.DeleteFunc(diff.Causes, func(c ocidiff.Cause) bool { return c == ocidiff.Formatting })
	diff.Equal = len(diff.Differences) == 0
}
