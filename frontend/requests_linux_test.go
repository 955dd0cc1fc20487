package frontend

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/frontend/subrequests/outline"
	"github.com/moby/buildkit/frontend/subrequests/targets"

	"github.com/modship-build/modship/internal/testing/gatewaytest"
)

// ask makes one of the requests of docker buildx build --call.
func ask(t *testing.T, c *gatewaytest.Client, request string, v any) *gateway.Result {
	t.Helper()
	c.Options["requestid"] = "frontend." + request
	res := mustBuild(t, c)
	if err := json.Unmarshal(res.Metadata["result.json"], v); err != nil {
		t.Fatal(err)
	}
	if len(res.Metadata["version"]) == 0 {
		t.Errorf("the metadata is %q", res.Metadata)
	}
	return res
}

func TestOutline(t *testing.T) {
	c := newClient(t, hello+"args: {MAIN: .}\nmain: ${MAIN}\n")
	var got outline.Outline
	ask(t, c, "outline", &got)
	if !slices.ContainsFunc(got.Args, func(a outline.Arg) bool { return a.Name == "MAIN" && a.Value == "." }) ||
		!slices.ContainsFunc(got.Args, func(a outline.Arg) bool { return a.Name == "GOPROXY" && a.Description != "" }) {
		t.Errorf("the arguments are %v", got.Args)
	}
	if n := timesRan(c, "scan"); n > 0 {
		t.Error("it read the packages")
	}
}

func TestTargets(t *testing.T) {
	var got targets.List
	ask(t, newClient(t, hello+"targets: {other: {image: {workdir: /a}}}\n"), "targets", &got)
	var names []string
	for _, target := range got.Targets {
		names = append(names, target.Name)
	}
	if want := []string{"default", "binaries", "sbom", "compile-cache", "other", "other/binaries", "other/sbom", "other/compile-cache"}; !slices.Equal(names, want) {
		t.Errorf("the targets are %q, want %q", names, want)
	}
}

// TestCheck: all mistakes of one kind are reported with their places, and a file once; what is right has none.
func TestCheck(t *testing.T) {
	for archive, want := range map[string][]string{
		hello: nil,
		hello + "image:\n  bas: a\n  cmdd: [b]\n":                  {`modship.yaml:3:`, `modship.yaml:4:`},
		hello + "image: {files: [{from: gone, to: /a}]}\n":         {`the context has no "gone"`},
		strings.Replace(hello, "package main", "package other", 1): {"main"},
	} {
		var got lint.LintResults
		ask(t, newClient(t, archive), "lint", &got)
		if len(got.Warnings) != len(want) {
			t.Errorf("the mistakes are %v, want %q", got.Warnings, want)
			continue
		}
		for i, w := range got.Warnings {
			if !strings.Contains(w.Detail, want[i]) || int(w.Location.SourceIndex) >= len(got.Sources) {
				t.Errorf("the mistake is %q at %v, want %q", w.Detail, w.Location, want[i])
			}
		}
		if len(got.Sources) > 1 {
			t.Errorf("of one file there are %d sources", len(got.Sources))
		}
	}
}

// TestBrokenRequests: a file that cannot be read is an error of each request.
func TestBrokenRequests(t *testing.T) {
	for _, request := range []string{"outline", "targets"} {
		c := newClient(t, hello+"image: [\n")
		c.Options["requestid"] = "frontend." + request
		if _, err := FromClient(t.Context(), c); err == nil || !strings.Contains(places(err), "modship.yaml:") {
			t.Errorf("%s: %v", request, err)
		}
	}
	c := newClient(t, hello)
	c.Options["requestid"] = "frontend.unknown"
	if _, err := FromClient(t.Context(), c); err == nil {
		t.Error("a request that nobody knows was answered")
	}
}
