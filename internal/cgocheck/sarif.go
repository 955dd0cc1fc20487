package cgocheck

import (
	"fmt"
	"io"
	"strings"

	"github.com/opencontainers/go-digest"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/modship-build/modship/internal/safetext"
)

// page is where rules are explained.
const page = "https://github.com/modship-build/modship/blob/main/docs/cgo-check.md"

// SARIF writes the findings in the Static Analysis Results Interchange Format 2.1.0. GitHub takes only results that are at a place in a
// file of the repository: that is file, such as the configuration that the image is built with. Image, platform and program are the
// logical location.
func (r *Report) SARIF(w io.Writer, file string) error {
	run := sarif.NewRunWithInformationURI("cgo-check", page)
	index := map[string]int{}
	for i, rule := range rules {
		index[rule.ID] = i
		d := sarif.NewRule(rule.ID).WithHelpURI(page + "#" + rule.ID).WithShortDescription(sarif.NewMultiformatMessageString().WithText(rule.Doc))
		d.WithDefaultConfiguration(sarif.NewReportingConfiguration().WithLevel(string(rule.Level)))
		run.Tool.Driver.AddRule(d)
	}
	for _, p := range r.Programs {
		for _, f := range p.Findings {
			run.AddResult(p.result(f, index[f.Rule], file))
		}
	}
	report := sarif.NewReport()
	report.AddRun(run)
	if err := report.PrettyWrite(w); err != nil {
		return fmt.Errorf("encoding SARIF: %w", err)
	}
	return nil
}

func (p *Program) result(f Finding, rule int, file string) *sarif.Result {
	physical := sarif.NewPhysicalLocation().
		WithArtifactLocation(sarif.NewArtifactLocation().WithURI(file)).
		WithRegion(sarif.NewRegion().WithStartLine(1))
	logical := sarif.NewLogicalLocation().WithFullyQualifiedName(safetext.Line(p.name())).WithKind("resource")
	location := sarif.NewLocation().WithPhysicalLocation(physical).WithLogicalLocations([]*sarif.LogicalLocation{logical})
	return sarif.NewRuleResult(f.Rule).WithRuleIndex(rule).WithLevel(string(f.Level)).
		WithMessage(sarif.NewTextMessage(safetext.Line(p.name() + ": " + f.Message))).
		WithLocations([]*sarif.Location{location}).
		WithPartialFingerprints(map[string]string{"finding/v1": p.fingerprint(f)})
}

// fingerprint makes what is found again in the next version of an image the same to GitHub.
func (p *Program) fingerprint(f Finding) string {
	return digest.FromString(strings.Join([]string{p.Platform, p.Path, f.Rule, f.Message}, "\n")).Encoded()
}
