package plan

import (
	"slices"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/vcs"
)

// NeedsAnalysis tells whether packages of other modules are built, or their modules looked at.
func (d *Draft) NeedsAnalysis() bool { return d.Source.Vendor || d.Source.Download }

// Findings are what is found out with the help of a draft.
type Findings struct {
	// Packages is what the analysis says of each image, in their order; it is empty if no packages of other modules are built.
	Packages []analyze.Summary
	// GoSum is that of the toolchain, or "".
	GoSum string
	// VCS are the facts of the commit, or nil.
	VCS *vcs.Facts
	// Licenses is the SPDX expression that the module's license files give, or "".
	Licenses string
}

// Analyze gives the next stage. The error joins mistakes in values of the configuration that can be judged only now.
func (d *Draft) Analyze(in Input, found Findings) (*Analyzed, error) {
	a := &Analyzed{Draft: *d}
	a.Go.Sum = found.GoSum
	a.Images = slices.Clone(d.Images)
	for i, s := range found.Packages {
		a.Images[i] = d.Images[i].with(s)
	}
	for i, img := range a.Images {
		// A profile takes part in the compile of every package, and is one of the module.
		if a.Images[i].Common = ""; d.Main.PGO == "" {
			_, standard := img.Compiled()
			a.Images[i].Common = analyze.Common(append(slices.Clone(standard), img.Common)...)
		}
	}
	a.Metadata = d.metadata(in, found)
	a.addStamps(in, found.VCS)
	var mistakes diag.List
	checkValues(in, a.Metadata, &mistakes)
	if err := mistakes.Err(); err != nil {
		return nil, err
	}
	return a, nil
}

// with is the image with what the analysis found.
func (img Image) with(s analyze.Summary) Image {
	if len(s.Reached) > 0 {
		img.Deps = s.Roots
	}
	img.Syso, img.Common = s.Syso, s.Common
	if img.Cgo == nil {
		img.WithoutC = slices.Concat(img.WithoutC, s.Cgo)
		return img
	}
	c := *img.Cgo
	c.Uses = slices.Concat(c.Uses, s.Cgo)
	img.Cgo = &c
	return img
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
