// Package sariftest holds SARIF against its schema, and against what GitHub asks beyond it.
package sariftest

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

// Parse reads a report with one run. Every result must have a rule, whose page has an address if there is one, a message, a relative path, a place in an image or the
// name of a file, and a fingerprint of its own.
func Parse(tb testing.TB, text []byte) *sarif.Run {
	tb.Helper()
	var report sarif.Report
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&report); err != nil {
		tb.Fatalf("reading SARIF: %v\n%s", err, text)
	}
	if err := report.Validate(); err != nil {
		tb.Errorf("%v\n%s", err, text)
	}
	if len(report.Runs) != 1 {
		tb.Fatalf("SARIF has %d runs\n%s", len(report.Runs), text)
	}
	run := report.Runs[0]
	seen := map[string]bool{}
	for _, r := range run.Results {
		if wrong := check(run, r, seen); wrong != "" {
			tb.Errorf("a result of %s: %s", *r.RuleID, wrong)
		}
	}
	return run
}

// check says what is wrong with a result, "" if nothing is.
func check(run *sarif.Run, r *sarif.Result, seen map[string]bool) string {
	rule := run.Tool.Driver.Rules[r.RuleIndex]
	print := r.PartialFingerprints["primaryLocationLineHash"]
	at := r.Locations[0]
	path, err := url.Parse(*at.PhysicalLocation.ArtifactLocation.URI)
	switch {
	case *rule.ID != *r.RuleID:
		return "its index is that of " + *rule.ID
	case rule.HelpURI != nil && !strings.HasPrefix(*rule.HelpURI, "https://"):
		return "the page of its rule is " + *rule.HelpURI
	case *r.Message.Text == "":
		return "it has no message"
	case err != nil || path.IsAbs() || strings.HasPrefix(path.Path, "/"):
		return "the path is not relative: " + path.String()
	case *at.LogicalLocations[0].FullyQualifiedName == "":
		return "it has no place"
	case print == "" || seen[print]:
		return "its fingerprint is that of another: " + print
	}
	seen[print] = true
	return ""
}
