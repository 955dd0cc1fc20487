package plan

import (
	"slices"

	"github.com/modship-build/modship/internal/analyze"
)

// NeedsAnalysis tells whether packages of other modules are built, or their modules looked at.
func (p *Plan) NeedsAnalysis() bool { return p.Source.Vendor || p.Source.Download }

// Apply puts what the analysis of each image found into the plan. The error joins what the configuration makes impossible for
// the packages that were found.
func (p *Plan) Apply(in Input, found []analyze.Summary) error {
	for i, s := range found {
		img := &p.Images[i]
		if len(s.Reached) > 0 {
			img.Deps = s.Roots
		}
		img.Syso = s.Syso
		if img.Cgo != nil {
			img.Cgo.Uses = append(img.Cgo.Uses, s.Cgo...)
		} else {
			img.WithoutC = append(img.WithoutC, s.Cgo...)
		}
	}
	return p.checkCgo(in)
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
