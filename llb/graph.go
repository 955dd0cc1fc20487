package llb

import (
	"fmt"

	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/step/request"
)

// Scan is the vertex that reads the module's own packages; its output holds request.ScanFile.
func Scan(h Host, req request.Scan, src Sources) (llb.State, error) {
	e, err := h.run(req, named(request.StageScan, "read the module's packages"), readOnly(request.Source, src.Go))
	if err != nil {
		return llb.State{}, err
	}
	return output(e), nil
}

// Analysis is what is said by the vertex that lists what the images import from other modules: request.AnalysisFile in the
// folder request.AnalyzedDir of each platform. It is the same vertex as in [Graph].
func Analysis(d *plan.Draft, h Host, src Sources) (llb.State, error) {
	goroot, err := goToolchain(h, d)
	if err != nil {
		return llb.State{}, err
	}
	a, err := analyze(h, d, src, goroot)
	return a.said, err
}

// Image is what the graph gives for one platform.
type Image struct {
	// Rootfs is the image; Program holds the program alone, at the same path; Said holds request.ProgramFile, and with cgo
	// request.LinkFile. Libraries holds request.LibrariesFile; it is nil where the image gets no libraries.
	Rootfs, Program, Said llb.State
	Libraries             *llb.State
}

// Graph makes the vertices of every image of the plan, in the plan's order.
func Graph(p *plan.Plan, h Host, src Sources) ([]Image, error) {
	goroot, err := goToolchain(h, &p.Draft)
	if err != nil {
		return nil, err
	}
	var found analysis
	if p.NeedsAnalysis() {
		if found, err = analyze(h, &p.Draft, src, goroot); err != nil {
			return nil, err
		}
	}
	images := make([]Image, len(p.Images))
	for i, img := range p.Images {
		if images[i], err = imageGraph(h, p, img, src, goroot, found); err != nil {
			return nil, fmt.Errorf("making the graph for %s: %w", img.Target, err)
		}
	}
	return images, nil
}

func imageGraph(h Host, p *plan.Plan, img plan.Image, src Sources, goroot toolchain, found analysis) (Image, error) {
	root := llb.Scratch()
	if img.Cgo != nil {
		s, err := sysroot(h, p.Flags, img, src)
		if err != nil {
			return Image{}, err
		}
		root = s.root
	}
	deps, err := dependencies(h, p, img, src, goroot, found.packages(p, img), root)
	if err != nil {
		return Image{}, err
	}
	program, said, err := compile(h, p, img, src, goroot, deps, found.summary(p, img), root)
	if err != nil {
		return Image{}, err
	}
	built := Image{Program: program, Said: said}
	made := map[string]llb.State{plan.LayerProgram: program}
	if p.CopiesLibraries(img) {
		files, list, err := libraries(h, p, img, program, root)
		if err != nil {
			return Image{}, err
		}
		built.Libraries = &list
		made[plan.LayerLibraries] = files
	}
	layers := image{host: h, plan: p, img: img, src: src}
	built.Rootfs, err = layers.rootfs(goroot, made)
	return built, err
}
