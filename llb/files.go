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

// File is one file of [Files]: a program, or modship's own making.
type File struct {
	Name string
	// From holds the program at Path; nil for a file with Content.
	From    *llb.State
	Path    string
	Content []byte
}

// Files puts files side by side into one folder.
func Files(p *plan.Plan, files []File) llb.State {
	dir := llb.Scratch()
	for _, f := range files {
		to, created := path.Join("/", f.Name), p.Metadata.Created
		action := llb.Mkfile(to, 0o644, f.Content, llb.WithCreatedTime(created))
		if f.From != nil {
			action = llb.Copy(*f.From, path.Join("/", f.Path), to, &llb.CopyInfo{CreatedTime: &created})
		}
		dir = dir.File(action, internal("write %s", f.Name))
	}
	return dir
}
