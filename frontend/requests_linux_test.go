package frontend

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/frontend/subrequests/outline"
	"github.com/moby/buildkit/frontend/subrequests/targets"

	"github.com/modship-build/modship/internal/defaults"
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

// several has two programs, of which nobody says anything, and a third that has no name of its own.
var several = strings.Replace(hello, "-- main.go --\n", "-- cmd/api/main.go --\npackage main\n\nfunc main() { println(\"api\") }\n-- cmd/test/main.go --\npackage main\n\nfunc main() {}\n-- main.go --\n", 1)

// TestTargetsByName: without a configuration the main packages are the targets; those called as outputs or reserved ones have the names of their folders.
func TestTargetsByName(t *testing.T) {
	for _, c := range []struct {
		archive string
		want    []Target
		listed  string
	}{
		{several, []Target{{Name: "hello", Main: "."}, {Name: "api", Main: "./cmd/api"}, {Name: "cmd-test", Main: "./cmd/test"}}, "hello hello/binaries"},
		{hello, []Target{{Name: "hello", Main: ".", Default: true}}, "hello binaries"},
		{several + "main: ./cmd/api\n", []Target{{Name: "default", Main: "./cmd/api", Default: true}}, "default binaries"},
		{several + "main: [., ./cmd/api]\n", []Target{{Name: "default", Main: ".", Beside: []string{"./cmd/api"}, Default: true}}, "default binaries"},
		{hello + "targets: {one: {main: .}, two: {}}\n", []Target{{Name: "default", Default: true}, {Name: "one", Main: "."}, {Name: "two"}}, "default binaries"},
		{several + "targets: {one: {main: .}, two: {}}\n", []Target{{Name: "one", Main: "."}, {Name: "two"}}, "one one/binaries"}, // the top level is no program
		{strings.Replace(hello, "-- go.mod --", "-- a/go.mod --", 1) + "targets: {one: {module: a}}\n", []Target{{Name: "one"}}, "one one/binaries"},
	} {
		var got Targets
		res := ask(t, newClient(t, c.archive), "modship.targets", &got)
		if diff := cmp.Diff(c.want, got.Targets); diff != "" {
			t.Errorf("the targets (-want +got):\n%s", diff)
		}
		for _, target := range c.want {
			if text := string(res.Metadata["result.txt"]); !strings.Contains(text, target.Name) || !strings.Contains(text, target.Mains()) {
				t.Errorf("%+v is not in %q", target, text)
			}
		}
		var list targets.List
		ask(t, newClient(t, c.archive), "targets", &list)
		if first := list.Targets[0].Name + " " + list.Targets[1].Name; first != c.listed {
			t.Errorf("the list begins with %q, want %q", first, c.listed)
		}
	}
	c := newClient(t, strings.Replace(several, "cmd/test/", "test/", 1))
	ask(t, c, "modship.targets", new(Targets))
	wantWarnings(t, c, "the main package ./test is no target")
	c = newClient(t, strings.Replace(several, "cmd/test/", "test/", 1)+"targets: {name: {main: ./test}}\n")
	var named Targets
	ask(t, c, "modship.targets", &named)
	if want := []Target{{Name: "name", Main: "./test"}}; !cmp.Equal(named.Targets, want) || len(c.Warnings()) > 0 {
		t.Errorf("named in the configuration, the targets are %v, with the warnings %v", named.Targets, c.Warnings())
	}
	c = newClient(t, strings.Replace(hello, "package main", "package other", 1))
	c.Options["requestid"] = TargetsRequest
	if _, err := FromClient(t.Context(), c); err == nil || !strings.Contains(err.Error(), "no main package") {
		t.Errorf("of a library: %v", err)
	}
}

// TestBuildByName builds a main package by its name, and says what there is where that is none.
func TestBuildByName(t *testing.T) {
	for target, program := range map[string]string{"api": "api", "hello": "hello", "api/binaries": "api-linux-", "cmd-test": "test"} {
		c := newClient(t, several)
		c.Options["target"] = target
		res := mustBuild(t, c)
		if target == "api/binaries" {
			continue
		}
		if said := string(res.Metadata[InlineMessage]); !strings.Contains(said, "/usr/local/bin/"+program+" ") {
			t.Errorf("--target %s made %q", target, said)
		}
	}
	for target, want := range map[string]string{
		"":     "build one with --target NAME, as in --target hello, or choose one in the configuration, as in main: .",
		"apl":  `--target: no main package of the module is called "apl"; did you mean "api"? (targets: hello, api, cmd-test)`,
		"test": `target "test" is not in the file`,
		// The folder of another program is to be built.
		"hello in ./cmd/api": "--target: target \"hello\" is the program ., and ./cmd/api is to be built; name the folder of the module in place of that of a program, or leave --target out",
	} {
		c := newClient(t, several)
		if c.Options["target"] = target; target == "hello in ./cmd/api" {
			c.Options["target"], c.Options[OptionMain] = "hello", "./cmd/api"
		}
		if _, err := FromClient(t.Context(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("--target %s: %v, want %q", target, err, want)
		}
	}
}

// TestNames: the names of an image are made before anything is compiled, and one that cannot be made is an error by then.
func TestNames(t *testing.T) {
	c := newClient(t, several)
	c.Options["target"], c.Options[OptionNames] = "api", "ghcr.io/me/{target}:1,{program}"
	var got []string
	if ask(t, c, "modship.names", &got); !slices.Equal(got, []string{"ghcr.io/me/api:1", "docker.io/library/api:latest"}) || timesRan(c, "linux/amd64 compile") > 0 {
		t.Errorf("the image is called %q", got)
	}
	for names, want := range map[string]string{
		"x:{version}": `--tag: "x:{version}" names no image: {version} is not known`,
		"x:{target}:": "--tag: ",
	} {
		c := newClient(t, several)
		c.Options["target"], c.Options[OptionNames], c.Options["requestid"] = "api", names, NamesRequest
		if _, err := FromClient(t.Context(), c); err == nil || !strings.Contains(err.Error(), want) || timesRan(c, "linux/amd64 compile") > 0 {
			t.Errorf("%s: %v, want %q", names, err, want)
		}
	}
}

// TestNoPlace: where nobody wrote a configuration, none is shown.
func TestNoPlace(t *testing.T) {
	c := newClient(t, strings.Replace(several, "# syntax=modship\n", defaults.NoConfig, 1))
	_, err := FromClient(t.Context(), c)
	if err == nil || !strings.HasPrefix(err.Error(), "the module has 3 main packages") || places(err) != "" {
		t.Errorf("%v at %q", err, places(err))
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
