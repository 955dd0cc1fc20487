package llb

import (
	"path"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
)

// includes is what C of an image's own packages may read beside the files of the packages, and what is said of it.
type includes struct{ files, said Tree }

// includes is the vertex that finds it. Its output changes only when one of these files does, however much else of the context may
// be looked at for it.
func (b *Builder) includes(img plan.Image, src Sources) includes {
	v := b.run(namedFor(img.Target, request.StageIncludes, "find what C includes"), step{
		Request: request.Includes{Sources: img.Cgo.Sources},
		Mounts: []mount{
			reading(path.Join(request.Source, request.PartGo), src.Go),
			reading(path.Join(request.Source, request.PartC), src.C),
			out, said,
		},
	})
	return includes{files: v.at(request.Out), said: v.at(request.Said)}
}

// Includes are the vertices that find what C of own packages includes, for the images of the draft that have some; each output holds
// request.IncludesFile.
func (b *Builder) Includes(d *plan.Draft, src Sources) []Tree {
	var said []Tree
	for _, img := range d.Images {
		if img.OwnC() {
			said = append(said, b.includes(img, src).said)
		}
	}
	return said
}
