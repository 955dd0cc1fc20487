package llb

import (
	"path"

	"github.com/modship-build/modship/internal/plan"
)

// Document is a file of modship's own making beside an image, such as an SBOM.
func (b *Builder) Document(p *plan.Plan, img plan.Image, name string, content []byte) Tree {
	created := p.Metadata.Created
	return b.add(internal("write %s for %s", name, img.Target), files{Actions: []action{
		{Verb: makesFile, To: path.Join("/", name), Mode: 0o644, Data: content, Created: &created},
	}}).at(root)
}

// File is one file of [Builder.Files]: a program, or modship's own making.
type File struct {
	Name string
	// From holds the program at Path; it is empty for a file with Content.
	From    Tree
	Path    string
	Content []byte
}

// Files puts files side by side into one folder.
func (b *Builder) Files(p *plan.Plan, list []File) (dir Tree) {
	for _, f := range list {
		created := p.Metadata.Created
		a := action{Verb: makesFile, To: path.Join("/", f.Name), Mode: 0o644, Data: f.Content, Created: &created}
		if !f.From.Empty() {
			a = action{Verb: copies, To: a.To, From: f.From, Path: path.Join("/", f.Path), Created: &created}
		}
		dir = b.add(internal("write %s", f.Name), files{On: dir, Actions: []action{a}}).at(root)
	}
	return dir
}
