package ocidiff

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/modship-build/modship/internal/safetext"
)

// manual is where causes are explained.
const manual = "https://github.com/modship-build/modship/blob/main/docs/oci-diff.md#why-digests-differ"

// maxResults bounds the results, of which GitHub shows 5,000.
const maxResults = 5000

// SARIF writes the differences in the Static Analysis Results Interchange Format 2.1.0: a rule for each cause. GitHub takes only results
// that are at a place in a file of the repository; that is file. Image and platform are the logical location.
func (r Result) SARIF(w io.Writer, file string) error {
	run := sarif.NewRunWithInformationURI("oci-diff", manual)
	index := map[Cause]int{}
	for i, cause := range causes {
		index[cause] = i
		run.Tool.Driver.AddRule(sarif.NewRule(ruleID(cause)).WithHelpURI(manual).
			WithShortDescription(sarif.NewMultiformatMessageString().WithText("Images differ in " + string(cause) + ".")))
	}
	left := maxResults
	for _, c := range r.Comparisons {
		for _, d := range c.Differences[:min(left, len(c.Differences))] {
			run.AddResult(c.result(d, index[d.Cause], file))
			left--
		}
	}
	report := sarif.NewReport()
	report.AddRun(run)
	var b bytes.Buffer
	if err := report.PrettyWrite(&b); err != nil {
		return fmt.Errorf("encoding SARIF: %w", err)
	}
	_, err := w.Write(append(safetext.JSON(b.Bytes()), '\n'))
	return err
}

func ruleID(c Cause) string { return strings.ReplaceAll(string(c), " ", "-") }

func (r Report) result(d Difference, rule int, file string) *sarif.Result {
	where := strings.Join(append([]string{r.B.Reference}, d.In...), " / ")
	physical := sarif.NewPhysicalLocation().WithArtifactLocation(sarif.NewArtifactLocation().WithURI(file)).
		WithRegion(sarif.NewRegion().WithStartLine(1))
	logical := sarif.NewLogicalLocation().WithFullyQualifiedName(safetext.Short(where)).WithKind("resource")
	place := strings.Join(append(append([]string{}, d.In...), string(d.Level), d.Path), "\n")
	what := d.line()
	if d.Diff != "" {
		what = "lines of a text"
	}
	return sarif.NewRuleResult(ruleID(d.Cause)).WithRuleIndex(rule).WithLevel("warning").
		WithMessage(sarif.NewTextMessage(fmt.Sprintf("%s: %s %s; compared with %s", safetext.Short(where), d.Level, what, safetext.Short(r.A.Reference)))).
		AddLocation(sarif.NewLocation().WithPhysicalLocation(physical).AddLogicalLocation(logical)).
		WithPartialFingerprints(map[string]string{"difference/v1": place})
}
