package image

import (
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/plan"
)

// layerBase is a layer of the base of which the base's own history says nothing.
const layerBase = "layer of the base"

// addHistory gives every layer one entry, in the order of the layers. The exporter would invent those that are missing, at the end and
// with the time of the build, and readers take the n-th entry for the n-th layer.
func addHistory(image *ocispecs.Image, p *plan.Plan, img plan.Image, base []byte) {
	created := p.Metadata.Created
	add := func(what string) {
		image.History = append(image.History, ocispecs.History{Created: &created, CreatedBy: "modship", Comment: what})
	}
	if p.Runtime.Base != "" {
		layers := 1 // of a folder, a repository and the like, which have no configuration
		if base != nil {
			layers = baseLayers(image)
		}
		for range fit(image, layers) {
			add(layerBase)
		}
	}
	for _, layer := range p.Layers(img) {
		add(layer)
	}
}

// baseLayers is the number of layers of the base. One that another build is making does not know them yet, so its history is all there
// is to go by.
func baseLayers(image *ocispecs.Image) int {
	if n := len(image.RootFS.DiffIDs); n > 0 {
		return n
	}
	return described(image.History)
}

// fit gives the number of layers that the history lacks. Entries beyond the layers are marked as what they are, empty.
func fit(image *ocispecs.Image, layers int) (missing int) {
	count := 0
	for i, h := range image.History {
		if h.EmptyLayer {
			continue
		}
		if count++; count > layers {
			image.History[i].EmptyLayer = true
		}
	}
	return max(0, layers-count)
}

// described counts the entries that speak of a layer.
func described(history []ocispecs.History) int {
	n := 0
	for _, h := range history {
		if !h.EmptyLayer {
			n++
		}
	}
	return n
}
