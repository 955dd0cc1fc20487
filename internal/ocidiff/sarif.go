package ocidiff

import (
	"fmt"
	"strings"

	"github.com/modship-build/modship/internal/safetext"
	"github.com/modship-build/modship/internal/sarif"
)

// manual is where causes are explained.
const manual = "https://github.com/modship-build/modship/blob/main/docs/oci-diff.md"

// SARIF gives the differences for a file of the repository: a rule for each cause.
func (r Result) SARIF(file, version string) sarif.Run {
	run := sarif.Run{Tool: "oci-diff", Version: version, Manual: manual, File: file}
	for _, cause := range causes {
		run.Rules = append(run.Rules, sarif.Rule{
			ID: ruleID(cause), URL: manual + "#why-digests-differ", What: "Images differ in " + string(cause) + ".", Level: sarif.Warning,
		})
	}
	for _, c := range r.Comparisons {
		run.Images = append(run.Images, sarif.Image{Reference: c.B.Reference, Digest: c.B.Digest})
		for _, d := range c.Differences {
			run.Results = append(run.Results, c.result(d))
		}
		run.Unlisted += c.Omitted
	}
	return run
}

func ruleID(c Cause) string { return strings.ReplaceAll(string(c), " ", "-") }

func (r Report) result(d Difference) sarif.Result {
	where := strings.Join(append([]string{r.B.Reference}, d.In...), " / ")
	what := d.line()
	if d.Diff != "" {
		what = "lines of a text"
	}
	return sarif.Result{
		Rule: ruleID(d.Cause), Level: sarif.Warning, Image: r.B.Reference, Platform: strings.Join(d.In, "/"), Place: d.Path,
		Message: fmt.Sprintf("%s: %s %s; compared with %s", safetext.Short(where), d.Level, what, safetext.Short(r.A.Reference)),
		Same:    []string{string(d.Level)},
	}
}
