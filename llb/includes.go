package llb

import (
	"path"

	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/step/request"
)

// includes is what C of an image's own packages may read beside the files of the packages, and what is said of it.
type includes struct{ files, said llb.State }

// findIncludes is the vertex that finds it. Its output changes only when one of these files does, however much else of the context may
// be looked at for it.
func findIncludes(h Host, img plan.Image, src Sources) (includes, error) {
	e, err := h.run(request.Includes{Sources: img.Cgo.Sources},
		namedFor(img.Target, request.StageIncludes, "find what C includes"),
		readOnly(path.Join(request.Source, request.PartGo), src.Go),
		readOnly(path.Join(request.Source, request.PartC), src.C))
	if err != nil {
		return includes{}, err
	}
	return includes{files: output(e), said: e.AddMount(request.Said, llb.Scratch())}, nil
}

// Includes are the vertices that find what C of own packages includes, for the images of the draft that have some; each output holds
// request.IncludesFile. They are the same vertices as in [Graph].
func Includes(d *plan.Draft, h Host, src Sources) ([]llb.State, error) {
	var said []llb.State
	for _, img := range d.Images {
		if !ownCgo(img) {
			continue
		}
		found, err := findIncludes(h, img, src)
		if err != nil {
			return nil, err
		}
		said = append(said, found.said)
	}
	return said, nil
}

func ownCgo(img plan.Image) bool { return img.Cgo != nil && img.Cgo.Own }

// mount gives a step the files.
func (i includes) mount() runOptions { return runOptions{readOnly(request.Included, i.files)} }
