package sarif_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	lib "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/modship-build/modship/internal/sarif"
	"github.com/modship-build/modship/internal/testing/sariftest"
)

const page = "https://example.com/tool.md"

func run(results ...sarif.Result) sarif.Run {
	return sarif.Run{
		Tool: "tool", Version: "v1.2.3", Manual: page, File: "deploy/my app/Dockerfile",
		Rules: []sarif.Rule{
			{ID: "user", URL: page + "#user", What: "The image runs as root.", Why: "Root may do too much.", Level: sarif.Warning},
			{ID: "start", URL: page + "#start", What: "It does not start.", Level: sarif.Error},
		},
		Images:  []sarif.Image{{Reference: "example.com/app:1", Platform: "linux/amd64", Digest: "sha256:" + strings.Repeat("ab", 32)}},
		Results: results,
	}
}

func write(t *testing.T, r sarif.Run) (*lib.Run, string) {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	return sariftest.Parse(t, b.Bytes()), b.String()
}

func TestWrite(t *testing.T) {
	start := sarif.Result{Rule: "start", Level: sarif.Error, Message: "no \x1b[2J loader", Image: "example.com/app:1", Platform: "linux/amd64", Place: "/bin/app"}
	accepted := sarif.Result{Rule: "user", Level: sarif.Warning, Message: "it is 0", Image: "example.com/app:1", Platform: "linux/arm64", Place: "USER", Accepted: "port 80"}
	file := sarif.Result{Rule: "start", Level: sarif.Error, Message: "no loader", Place: "bin/app"}
	got, text := write(t, run(start, accepted, file))
	for _, part := range []string{
		`"version": "v1.2.3"`, `"uri": "docker://example.com/app:1"`, `"uri": "deploy/my%20app/Dockerfile"`, `"uriBaseId": "%SRCROOT%"`,
		`no \\x1b[2J loader`, `"justification": "port 80"`, `"sha-256": "` + strings.Repeat("ab", 32) + `"`, `"executionSuccessful": true`,
	} {
		if !strings.Contains(text, part) {
			t.Errorf("it lacks %s:\n%s", part, text)
		}
	}
	for i, want := range []string{"example.com/app:1/linux/amd64/bin/app", "example.com/app:1/linux/arm64/USER", "bin/app"} {
		r := got.Results[i]
		if name := *r.Locations[0].LogicalLocations[0].FullyQualifiedName; name != want || *got.Tool.Driver.Rules[r.RuleIndex].ID != *r.RuleID {
			t.Errorf("%s: %s", name, text)
		}
	}
	if strings.Contains(text, "left out") {
		t.Error(text)
	}
	for i, want := range [][]string{{"/bin/app", "linux/amd64", "example.com/app:1"}, {"USER", "linux/arm64", "example.com/app:1"}, {"bin/app"}} {
		var names []string
		for at := got.Results[i].Locations[0].LogicalLocations[0]; ; at = got.LogicalLocations[at.ParentIndex] {
			if names = append(names, *at.Name); at.ParentIndex < 0 {
				break
			}
		}
		if !slices.Equal(names, want) {
			t.Errorf("it is in %q, want %q", names, want)
		}
	}
}

// TestFingerprints are the same in the next version of an image, and differ between images, platforms, rules and places.
func TestFingerprints(t *testing.T) {
	base := sarif.Result{Rule: "user", Level: sarif.Warning, Message: "it is 0", Image: "example.com/app:1", Platform: "linux/amd64", Place: "USER"}
	change := func(f func(r *sarif.Result)) sarif.Result {
		r := base
		f(&r)
		return r
	}
	print := func(r sarif.Result) string {
		got, _ := write(t, run(r))
		return got.Results[0].PartialFingerprints["primaryLocationLineHash"]
	}
	for _, same := range []sarif.Result{
		change(func(r *sarif.Result) { r.Image = "example.com/app:2" }),
		change(func(r *sarif.Result) { r.Image = "example.com/app@sha256:0" }),
		change(func(r *sarif.Result) { r.Message = "it is root" }),
	} {
		if print(same) != print(base) {
			t.Errorf("%+v has another one", same)
		}
	}
	all := []sarif.Result{base, base,
		change(func(r *sarif.Result) { r.Image = "example.com/other:1" }),
		change(func(r *sarif.Result) { r.Image = "oci:a" }),
		change(func(r *sarif.Result) { r.Image = "oci:b" }),
		change(func(r *sarif.Result) { r.Platform = "linux/arm64" }),
		change(func(r *sarif.Result) { r.Rule = "start" }),
		change(func(r *sarif.Result) { r.Place = "/etc/passwd" }),
		change(func(r *sarif.Result) { r.Same = []string{"getenv"} }),
	}
	got, text := write(t, run(all...))
	seen := map[string]bool{}
	for _, r := range got.Results {
		seen[r.PartialFingerprints["primaryLocationLineHash"]] = true
	}
	if len(seen) != len(all) {
		t.Errorf("%d fingerprints of %d results:\n%s", len(seen), len(all), text)
	}
}

// TestBound: GitHub keeps 5,000 results.
func TestBound(t *testing.T) {
	var many []sarif.Result
	for i := range 5003 {
		many = append(many, sarif.Result{Rule: "user", Level: sarif.Note, Message: "x", Place: fmt.Sprint(i)})
	}
	r := run(many...)
	r.Unlisted = 4
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	report, err := lib.FromBytes(b.Bytes()) // to hold so many against the schema takes half a minute
	if err != nil {
		t.Fatal(err)
	}
	got := report.Runs[0]
	left := got.Invocations[0].ToolExecutionNotifications
	if len(got.Results) != 5000 || len(left) != 1 || *left[0].Message.Text != "7 more results are left out" {
		t.Errorf("%d results, %v", len(got.Results), left)
	}
}

func TestImages(t *testing.T) {
	for ref, want := range map[string]string{"localhost:5000/app:1@sha256:0": "docker://localhost:5000/app:1@sha256:0", "oci:a b": "oci:a%20b"} {
		r := run()
		r.Images[0].Reference = ref
		if got, _ := write(t, r); *got.Artifacts[0].Location.URI != want {
			t.Errorf("%s: %s", ref, *got.Artifacts[0].Location.URI)
		}
	}
}

// TestEmpty has a list of results, which services want.
func TestEmpty(t *testing.T) {
	_, text := write(t, run())
	var got struct{ Runs []struct{ Results []any } }
	if err := json.Unmarshal([]byte(text), &got); err != nil || got.Runs[0].Results == nil {
		t.Errorf("%v: %s", err, text)
	}
}
