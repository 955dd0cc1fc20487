package cgocheck_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/cgocheck"
	"github.com/modship-build/modship/internal/cgofacts"
	"github.com/modship-build/modship/internal/startable"
	"github.com/modship-build/modship/internal/testing/sariftest"
)

// report has a program that does not start, one with C functions that matter, and one that could not be read.
func report() *cgocheck.Report {
	lacking := cgocheck.Program{Image: "example.com/app", Platform: "linux/amd64", Path: "/app"}
	lacking.Libraries = cgocheck.NewLibraries(&startable.Report{Problems: []startable.Problem{{Msg: "/app needs \x1b[2J"}}})
	risky := cgocheck.Program{Path: "bin/app", Facts: &cgofacts.Facts{
		Verdict: cgofacts.Cgo, Reason: "a\n  forged", Witnesses: []cgofacts.Witness{{Name: "libraries", Says: cgofacts.SaysNothing, Detail: "b\n  forged"}}, Hardening: &cgofacts.Hardening{NX: true},
		Risks: []cgofacts.Risk{
			{Symbol: "system", Class: cgofacts.High, How: cgofacts.Called, By: []string{"main"}, Reason: "starts a shell"},
			{Symbol: "getenv", Class: cgofacts.Medium, How: cgofacts.Imported, Reason: "reads the environment"},
		},
	}}
	r := &cgocheck.Report{Version: cgocheck.Version, Programs: []cgocheck.Program{lacking, risky, {Path: "bin/none", Error: "not found"}}}
	for i := range r.Programs {
		r.Programs[i].Finish()
	}
	return r
}

func TestFindings(t *testing.T) {
	r := report()
	var got []string
	for _, p := range r.Programs {
		for _, f := range p.Findings {
			got = append(got, f.Rule+" "+string(f.Level))
		}
	}
	if want := "does-not-start error, high-risk warning, medium-risk note"; strings.Join(got, ", ") != want {
		t.Errorf("%q", got)
	}
	if !r.Fails(false) || !r.Unread() {
		t.Error("errors do not count")
	}
	r.Programs = r.Programs[1:2]
	if r.Fails(false) || !r.Fails(true) || r.Unread() {
		t.Error("warnings count without --strict, or not with it")
	}
}

// TestSARIF holds the report against the schema.
func TestSARIF(t *testing.T) {
	var b bytes.Buffer
	if err := report().SARIF("modship.yaml", "v1.2.3").Write(&b); err != nil {
		t.Fatal(err)
	}
	run := sariftest.Parse(t, b.Bytes())
	if results := run.Results; len(results) != 3 || results[0].Level != "error" || len(run.Artifacts) != 1 ||
		*results[0].Message.Text != `example.com/app linux/amd64 /app: /app needs \x1b[2J` {
		t.Errorf("%s", &b)
	}
}

func TestText(t *testing.T) {
	var b strings.Builder
	if err := report().Text(&b); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); strings.Contains(text, "\x1b") || strings.Contains(text, "\n  forged") || !strings.Contains(text, "bin/none\n  cannot be read: not found\n") ||
		!strings.Contains(text, "warning: system is called by main: it starts a shell (high-risk)\n") {
		t.Error(text)
	}
}
