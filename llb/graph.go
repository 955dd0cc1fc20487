package llb

import (
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
)

// Scan is the vertex that reads the module's own packages; its output holds request.ScanFile.
func (b *Builder) Scan(req request.Scan, src Sources) Tree {
	return b.run(named(request.StageScan, "read the module's packages"),
		step{Request: req, Mounts: []mount{reading(request.Source, src.Go), out}}).at(request.Out)
}

// Image is what the graph gives for one platform.
type Image struct {
	// Rootfs is the image; Program holds the programs alone, at the same paths; Said holds request.ProgramFile, and with cgo
	// request.LinkFile. Libraries holds request.LibrariesFile; it is empty where the image gets no libraries.
	Rootfs, Program, Said, Libraries Tree
}

// Graph makes the vertices of every image of the plan, in the plan's order.
func (b *Builder) Graph(p *plan.Plan, src Sources) []Image {
	images := make([]Image, len(p.Images))
	for i, img := range p.Images {
		images[i] = b.image(p, img, src)
	}
	return images
}

// CompileCaches are the compiled dependencies of every image of the plan, each a GOCACHE; empty where an image has none.
func (b *Builder) CompileCaches(p *plan.Plan, src Sources) []Tree {
	caches := make([]Tree, len(p.Images))
	for i, img := range p.Images {
		caches[i] = b.dependencies(p, img, src, b.analyze(&p.Draft, src), b.croot(p.Flags, img, src).root)
	}
	return caches
}

func (b *Builder) image(p *plan.Plan, img plan.Image, src Sources) Image {
	croot := b.croot(p.Flags, img, src).root
	compile := b.compile(p, img, src, b.analyze(&p.Draft, src), croot)
	built := Image{Program: compile.at(request.Out), Said: compile.at(request.Said)}
	made := map[string]Tree{plan.LayerProgram: built.Program}
	if p.CopiesLibraries(img) {
		libraries := b.libraries(p, img, built.Program, croot)
		built.Libraries, made[plan.LayerLibraries] = libraries.at(request.Said), libraries.at(request.Out)
	}
	layers := layout{Builder: b, plan: p, img: img, src: src}
	built.Rootfs = layers.rootfs(made)
	return built
}
