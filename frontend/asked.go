package frontend

import (
	"fmt"
	"path"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/request"
)

// asked is what the configuration asks an image for, and where. Steps do not know the places: with them, a comment in the file would
// make them run again.
type asked struct {
	at    func(key string) diag.Range
	image config.Image
}

// place is where the configuration asks for what step files refuses. What it does not ask for is the program, which other things that it
// asks for are in the way of.
func (a asked) place(m request.Mistake) (at diag.Range, ok bool) {
	if a.at == nil || m.Copy == nil && m.Folder == nil {
		return at, false
	}
	return a.at(a.key(m)), true
}

func (a asked) key(m request.Mistake) string {
	if m.Copy != nil {
		for i, f := range a.image.Files {
			if (path.Clean(f.From) == m.Copy.From || m.Copy.Pattern && f.Pattern() == m.Copy.From) && f.To == m.Copy.To {
				return fmt.Sprintf("image.files[%d]", i)
			}
		}
		return "image.files"
	}
	for i, dir := range a.image.Volumes {
		if dir == m.Folder.Path {
			return fmt.Sprintf("image.volumes[%d]", i)
		}
	}
	return "image.workdir"
}
