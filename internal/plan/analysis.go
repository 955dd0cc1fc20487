package plan

import (
	"slices"

	"github.com/modship-build/modship/internal/analyze"
)

// NeedsAnalysis tells whether packages of other modules are built, or their modules looked at.
func (p *Plan) NeedsAnalysis() bool { return p.Source.Vendor || p.Source.Download }

// OwnModules are the paths of the modules whose packages come from the context. A vendored copy of a replaced module is not
// one of them.
func (p *Plan) OwnModules() []string {
	var paths []string
	for _, m := range p.Source.Modules {
		if !m.Replaced || !p.Source.Vendor {
			paths = append(paths, m.Path)
		}
	}
	return paths
}

// Apply puts what the analysis of each image found into the plan.
func (p *Plan) Apply(found []analyze.Summary) {
	for i, s := range found {
		if len(s.Reached) > 0 {
			p.Images[i].Deps = s.Roots
		}
	}
}

// Reached joins the packages of the module that its dependencies import on any platform.
func Reached(found []analyze.Summary) []string {
	var all []string
	for _, s := range found {
		all = append(all, s.Reached...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
