package cgocheck

import "github.com/modship-build/modship/internal/sarif"

// page is where rules are explained.
const page = "https://github.com/modship-build/modship/blob/main/docs/cgo-check.md"

// SARIF gives the findings for a file of the repository, such as the configuration that the images are built with.
func (r *Report) SARIF(file, version string) sarif.Run {
	run := sarif.Run{Tool: tool, Version: version, Manual: page, File: file}
	for _, rule := range rules {
		run.Rules = append(run.Rules, sarif.Rule{ID: rule.ID, URL: page + "#" + rule.ID, What: rule.Doc, Level: sarif.Level(rule.Level)})
	}
	images := map[sarif.Image]bool{}
	for _, p := range r.Programs {
		if img := (sarif.Image{Reference: p.Image, Platform: p.Platform, Digest: p.Manifest}); p.Image != "" && !images[img] {
			images[img] = true
			run.Images = append(run.Images, img)
		}
		for _, f := range p.Findings {
			run.Results = append(run.Results, sarif.Result{
				Rule: f.Rule, Level: sarif.Level(f.Level), Message: p.name() + ": " + f.Message,
				Image: p.Image, Platform: p.Platform, Place: p.Path, Same: []string{f.Message},
			})
		}
	}
	return run
}
