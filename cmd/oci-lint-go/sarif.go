package main

import (
	"fmt"

	"github.com/modship-build/modship/internal/imagetool"
	"github.com/modship-build/modship/internal/policy"
	"github.com/modship-build/modship/internal/sarif"
)

// sarifRun gives the result for a file of the repository.
func sarifRun(r *Result, rules policy.Table, file string) sarif.Run {
	run := sarif.Run{
		Tool: "oci-lint-go", Version: imagetool.Version(), File: file,
		Manual: "https://github.com/modship-build/modship/blob/main/docs/oci-lint-go.md",
	}
	for _, rule := range rules {
		run.Rules = append(run.Rules, sarif.Rule{ID: rule.ID, URL: rule.URL, What: rule.What, Why: rule.Why, Level: sarifLevels[rule.Level]})
	}
	for _, img := range r.Images {
		run.Images = append(run.Images, sarif.Image{Reference: img.Image, Platform: img.Platform, Digest: img.Digest})
	}
	for _, f := range r.Findings {
		result := sarif.Result{
			Rule: f.Rule, Level: sarifLevels[f.Level], Image: f.Image, Platform: f.Platform, Place: f.Place,
			Message: fmt.Sprintf("%s (%s): %s: %s", f.Image, f.Platform, f.Place, sentence(f)),
		}
		if f.Exception != nil {
			result.Accepted = f.Exception.Reason
		}
		run.Results = append(run.Results, result)
	}
	return run
}

// sentence is the message with what to do.
func sentence(f policy.Finding) string {
	if f.Help == "" {
		return f.Message
	}
	return f.Message + "; " + f.Help
}

var sarifLevels = map[policy.Level]sarif.Level{policy.Error: sarif.Error, policy.Warn: sarif.Warning, policy.Info: sarif.Note}
