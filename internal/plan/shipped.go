package plan

import "slices"

// PartKind says what a part of the build context is for.
type PartKind int

// The kinds.
const (
	// PartCompiled is what the compile of an image reads, PartIncluded what C of the module's own packages reads beside that.
	PartCompiled PartKind = iota
	PartIncluded
	// PartVendored are copies of dependencies, PartCopied is what the configuration copies into the images.
	PartVendored
	PartCopied
)

// Part is a part of the build context that goes into images.
type Part struct {
	Kind PartKind
	// Image is that of PartCompiled and PartIncluded.
	Image Image
	// The part has Files by their names, what Patterns match, and what the files Including include, in C.
	Files, Patterns, Including []string
}

// Shipped are the parts that any image is made of: an edit in another file changes none.
func (d *Draft) Shipped() []Part {
	var parts []Part
	for _, img := range d.Images {
		parts = append(parts, Part{Kind: PartCompiled, Image: img, Files: slices.Concat(d.Source.Files, img.Files), Patterns: EmbeddedFiles(img.Embeds)})
		if img.OwnC() {
			parts = append(parts, Part{Kind: PartIncluded, Image: img, Including: img.Cgo.Sources})
		}
	}
	if d.Source.Vendor {
		parts = append(parts, Part{Kind: PartVendored, Patterns: d.VendoredFiles()})
	}
	if copied := d.ContextFiles(""); len(copied) > 0 {
		parts = append(parts, Part{Kind: PartCopied, Patterns: copied})
	}
	return parts
}

// OwnC tells whether C of the module's own packages is compiled.
func (img Image) OwnC() bool { return img.Cgo != nil && img.Cgo.Own }
