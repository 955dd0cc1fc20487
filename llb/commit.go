package llb

import (
	"path"
	"strconv"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
)

// Commit is the vertex that reads what commit the context is of; its output holds request.CommitFile. git holds the
// repository's folder .git. What the images are made of is compared with the commit, and config, the content of the configuration,
// with the file that the request names, unless the context is pristine: the commit itself. The request's Parts are set here.
func (b *Builder) Commit(d *plan.Draft, src Sources, git Tree, req request.VCS, config []byte) Tree {
	mounts := []mount{reading(request.Git, git), out}
	if !req.Pristine {
		parts := b.shipped(d, src)
		for i, part := range parts {
			mounts = append(mounts, reading(path.Join(request.Source, strconv.Itoa(i)), part))
		}
		req.Parts = len(parts)
	}
	if req.Config != "" {
		file := b.file("write down the configuration", action{Verb: makesFile, To: "/" + request.ConfigFile, Mode: 0o644, Data: config})
		mounts = append(mounts, reading(request.Config, file))
	}
	return b.run(named(request.StageVCS, "read the commit"), step{Request: req, Mounts: mounts}).at(request.Out)
}

// License is the vertex that recognises the license of the module in dir; its output holds request.LicenseFile.
func (b *Builder) License(files Tree, dir string) Tree {
	return b.run(named(request.StageLicense, "recognise the license"),
		step{Request: request.License{Dir: dir}, Mounts: []mount{reading(request.Source, files), out}}).at(request.Out)
}

// shipped are the files of the build context that any image is made of. What other contexts have is none of its repository.
func (b *Builder) shipped(d *plan.Draft, src Sources) []Tree {
	if src.Own != nil {
		src = *src.Own
	}
	var parts []Tree
	for _, part := range d.Shipped() {
		switch part.Kind {
		case plan.PartCompiled:
			parts = append(parts, b.compileSources(d, part.Image, src))
		case plan.PartIncluded:
			parts = append(parts, b.includes(part.Image, src).files)
		case plan.PartVendored:
			parts = append(parts, src.Vendor)
		case plan.PartCopied:
			parts = append(parts, src.Files)
		}
	}
	return parts
}
