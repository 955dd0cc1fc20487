package main

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/opencontainers/go-digest"
	"github.com/owenrumney/go-sarif/v3/pkg/report"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/modship-build/modship/internal/policy"
	"github.com/modship-build/modship/internal/safetext"
)

// writeSARIF writes the result as SARIF 2.1.0. GitHub wants a file of the repository for every finding: file, which need not hold it. The
// image and platform are the logical location, and artifacts of the run.
func writeSARIF(w io.Writer, r *Result, rules policy.Table, file string) error {
	run := sarif.NewRun().WithTool(sarif.NewTool().WithDriver(driver(rules)))
	for _, img := range r.Images {
		artifact := sarif.NewArtifact().WithLocation(sarif.NewArtifactLocation().WithURI(imageURI(img.Image))).
			WithDescription(sarif.NewTextMessage(safetext.Line(img.Image + " " + img.Platform)))
		if d, err := digest.Parse(img.Digest); err == nil {
			artifact.WithHashes(map[string]string{"sha-256": d.Encoded()})
		}
		run.AddArtifact(artifact)
	}
	for _, f := range r.Findings {
		run.AddResult(sarifResult(f, file))
	}
	out := report.NewV210Report().AddRun(run)
	var b bytes.Buffer
	if err := out.PrettyWrite(&b); err != nil {
		return fmt.Errorf("encoding SARIF: %w", err)
	}
	_, err := w.Write(append(safetext.JSON(b.Bytes()), '\n'))
	return err
}

// driver tells of the program and all rules.
func driver(rules policy.Table) *sarif.ToolComponent {
	d := sarif.NewToolComponent().WithName("oci-lint-go").WithInformationURI("https://github.com/modship-build/modship/blob/main/docs/oci-lint-go.md")
	for _, rule := range rules {
		d.AddRule(sarif.NewReportingDescriptor().WithID(rule.ID).WithHelpURI(rule.URL()).
			WithShortDescription(sarif.NewMultiformatMessageString().WithText(rule.What)).
			WithFullDescription(sarif.NewMultiformatMessageString().WithText(rule.Why)).
			WithHelp(sarif.NewMultiformatMessageString().WithText(rule.What + " " + rule.Why)).
			WithDefaultConfiguration(sarif.NewReportingConfiguration().WithLevel(sarifLevel(rule.Level))))
	}
	return d
}

func sarifResult(f policy.Finding, file string) *sarif.Result {
	where := f.Image + "/" + f.Platform
	place := sarif.NewPhysicalLocation().WithArtifactLocation(sarif.NewArtifactLocation().WithURI(pathURI(file))).
		WithRegion(sarif.NewRegion().WithStartLine(1))
	image := sarif.NewLogicalLocation().WithFullyQualifiedName(safetext.Line(where)).WithName(safetext.Line(f.Place)).WithKind("resource")
	result := sarif.NewResult().WithRuleID(f.Rule).WithLevel(sarifLevel(f.Level)).
		WithMessage(sarif.NewTextMessage(safetext.Line(fmt.Sprintf("%s (%s): %s: %s", f.Image, f.Platform, f.Place, sentence(f))))).
		AddLocation(sarif.NewLocation().WithPhysicalLocation(place).AddLogicalLocation(image)).
		WithPartialFingerprints(map[string]string{"finding/v1": fingerprint(f)})
	if f.Exception != nil {
		result.AddSuppression(sarif.NewSuppression().WithKind("external").WithJustification(safetext.Line(f.Exception.Reason)))
	}
	return result
}

// fingerprint makes what is found again in the next version of an image the same to GitHub.
func fingerprint(f policy.Finding) string {
	return digest.FromString(strings.Join([]string{repository(f.Image), f.Platform, f.Rule, f.Place}, "\n")).Encoded()
}

// sentence is the message with what to do.
func sentence(f policy.Finding) string {
	if f.Help == "" {
		return f.Message
	}
	return f.Message + "; " + f.Help
}

func sarifLevel(l policy.Level) string {
	return map[policy.Level]string{policy.Error: "error", policy.Warn: "warning", policy.Info: "note"}[l]
}

// imageURI gives a reference as a URI, which one of a registry is not.
func imageURI(ref string) string {
	scheme, rest, ok := strings.Cut(ref, ":")
	if !ok || scheme != "oci" && scheme != "oci-archive" && scheme != "docker-archive" {
		scheme, rest = "docker", "//"+ref
	}
	return scheme + ":" + pathURI(rest)
}

func pathURI(path string) string { return (&url.URL{Path: path}).EscapedPath() }

// repository leaves tag and digest out of a reference.
func repository(ref string) string {
	ref, _, _ = strings.Cut(ref, "@")
	if i := strings.LastIndex(ref, ":"); i > strings.LastIndex(ref, "/") {
		return ref[:i]
	}
	return ref
}
