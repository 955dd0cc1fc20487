package llb

import (
	"path"

	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/plan"
)

// Document is a file of modship's own making beside an image, such as an SBOM.
func Document(p *plan.Plan, img plan.Image, name string, content []byte) llb.State {
	return llb.Scratch().File(llb.Mkfile(path.Join("/", name), 0o644, content, llb.WithCreatedTime(p.Metadata.Created)),
		internal("write %s for %s", name, img.Target))
}
