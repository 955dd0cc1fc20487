package frontend

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/rules"
	"github.com/modship-build/modship/internal/testing/gatewaytest"
	"github.com/modship-build/modship/internal/testing/modproxytest"
)

// localLib is a program with a package of a folder that stands in for a module.
const localLib = `
-- go.mod --
module example.com/hello

go 1.26

toolchain $GO

require example.com/lib v1.0.0

replace example.com/lib => ./lib
-- lib/go.mod --
module example.com/lib

go 1.26
-- lib/lib.go --
package lib

const Hello = "hello"
-- main.go --
package main

import "example.com/lib"

func main() { println(lib.Hello) }
-- modship.yaml --
# syntax=modship
`

// checked are the findings of --call=check, as "rule file:line".
func checked(t *testing.T, c *gatewaytest.Client) []string {
	t.Helper()
	var got lint.LintResults
	ask(t, c, "lint", &got)
	var found []string
	for _, w := range got.Warnings {
		place := ""
		if i := w.Location.SourceIndex; i >= 0 {
			place = got.Sources[i].Filename
		}
		if rule, err := rules.All().Find(w.RuleName); err == nil && (w.URL != rule.URL || w.Description != rule.What) {
			t.Errorf("%s has the page %q", w.RuleName, w.URL)
		}
		found = append(found, strings.TrimSpace(w.RuleName+" "+place))
	}
	return found
}

// TestLevels: a finding fails the build, warns, is told by a check alone, or is not told, as the configuration says, or the line that
// Dockerfiles have, or its argument.
func TestLevels(t *testing.T) {
	const local = "local-replace go.mod"
	for _, test := range []struct {
		name, text, arg string
		level           rules.Level
	}{
		{"table", "", "", rules.Warn},
		{"error", "check: {rules: {local-replace: error}}\n", "", rules.Error},
		{"warn", "check: {rules: {local-replace: warn}}\n", "", rules.Warn},
		{"info", "check: {rules: {local-replace: info}}\n", "", rules.Info},
		{"off", "check: {rules: {local-replace: off}}\n", "", rules.Off},
		{"line", "# check=skip=local-replace\n", "", rules.Off},
		{"line that raises", "# check=error=true\n", "", rules.Error},
		{"line of all", "# check=skip=all\n", "", rules.Off},
		{"configuration before line", "# check=skip=all;error=true\ncheck: {rules: {local-replace: warn}}\n", "", rules.Warn},
		{"argument before line", "# check=error=true\n", "skip=JSONArgsRecommended, local-replace", rules.Off},
	} {
		t.Run(test.name, func(t *testing.T) {
			newBuild := func() *gatewaytest.Client {
				c := newClient(t, localLib+test.text)
				if test.arg != "" {
					c.Options["build-arg:BUILDKIT_DOCKERFILE_CHECK"] = test.arg
				}
				return c
			}
			want := []string{local}
			if test.level == rules.Off {
				want = nil
			}
			if got := checked(t, newBuild()); !slices.Equal(got, want) {
				t.Errorf("a check finds %q, want %q", got, want)
			}
			c := newBuild()
			c.Options["requestid"] = PlanRequest // it says what a build says
			_, err := FromClient(t.Context(), c)
			if failed := err != nil; failed != (test.level == rules.Error) {
				t.Fatalf("the build says %v", err)
			}
			if err != nil && (!strings.Contains(err.Error(), "go.mod:9:1: example.com/lib is replaced by the folder ./lib") || !strings.Contains(err.Error(), "docs/rules.md#local-replace")) {
				t.Errorf("the build says %v", err)
			}
			warnings := c.Warnings()
			if warned := len(warnings) > 0; warned != (test.level == rules.Warn) {
				t.Fatalf("the warnings are %v", warnings)
			}
			for _, w := range warnings {
				if !strings.HasPrefix(w.Text, "local-replace: ") || !strings.HasSuffix(w.URL, "docs/rules.md#local-replace") || len(w.Detail) != 1 ||
					w.SourceInfo == nil || w.SourceInfo.Filename != "go.mod" || len(w.Range) != 1 || w.Range[0].Start.Line != 9 {
					t.Errorf("the warning is %+v", w)
				}
			}
		})
	}
}

// TestWrongCheckLine: a line or an argument that says nothing is a mistake, with what may have been meant.
func TestWrongCheckLine(t *testing.T) {
	const form = "write skip=RULE,RULE, skip=all or error=true"
	for text, want := range map[string]string{
		"skip=local-replce": `there is no rule "local-replce"; did you mean "local-replace"?`,
		"skip=source":       `the rule "source" is not for builds but for images; oci-lint-go looks at it`,
		"skip":              `invalid check option "skip"; ` + form,
		"skp=all":           `invalid check option "skp"; did you mean "skip"?`,
		"error=ture":        `parsing "ture": invalid syntax; ` + form,
	} {
		_, err := FromClient(t.Context(), newClient(t, hello+"# check="+text+"\n"))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "modship.yaml:2:") || !diag.Wrong(err) {
			t.Errorf("# check=%s: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		"skp=all":           `BUILDKIT_DOCKERFILE_CHECK cannot be read: invalid check option "skp"; did you mean "skip"?`,
		"skip":              form,
		"skip=local-replce": `BUILDKIT_DOCKERFILE_CHECK skips "local-replce", which is no rule; did you mean "local-replace"?`,
	} {
		c := newClient(t, hello)
		c.Options["build-arg:BUILDKIT_DOCKERFILE_CHECK"] = text
		if _, err := FromClient(t.Context(), c); err == nil || !strings.Contains(err.Error(), want) || !diag.Wrong(err) {
			t.Errorf("BUILDKIT_DOCKERFILE_CHECK=%s: %v", text, err)
		}
	}
}

// TestAllFindings: a finding that refuses the build hides no other, wherever it is found.
func TestAllFindings(t *testing.T) {
	archive := strings.Replace(localLib, "func main", "var version string\n\nfunc main", 1) +
		"check: {rules: {local-replace: error, stamp: error}}\nimage: {env: {API_TOKEN: x}}\nbuild: {ldflags: [\"-X=main.version=1\"]}\n"
	c := newClient(t, archive)
	c.Options["context:registry.example/bsae"] = "docker-image://registry.example/base"
	_, err := FromClient(t.Context(), c)
	if err == nil {
		t.Fatal("nothing is refused")
	}
	for _, want := range []string{"example.com/lib is replaced", "main.version is set by a linker flag"} {
		if strings.Count(err.Error(), want) != 1 {
			t.Errorf("the error does not say once that %s:\n%v", want, err)
		}
	}
	var warned []string
	for _, w := range c.Warnings() {
		warned = append(warned, w.Text)
	}
	slices.Sort(warned)
	if len(warned) != 2 || !strings.HasPrefix(warned[0], "secrets: ") || !strings.HasPrefix(warned[1], "unused-context: ") {
		t.Errorf("the warnings are %q", warned)
	}
}

// TestPlaces: a finding is where the fact is, or nowhere: in no configuration that nobody wrote.
func TestPlaces(t *testing.T) {
	for config, want := range map[string]string{
		defaults.NoConfig:                    "kept-stamp main.go 3, unused-context  0",
		"# syntax=modship\n":                 "kept-stamp main.go 3, unused-context  0",
		"image: {env: {API_TOKEN: x}}\n":     "kept-stamp main.go 3, secrets modship.yaml 1, unused-context  0",
		"runtime: {godebug: {nothing: 1}}\n": "GODEBUG modship.yaml 1, kept-stamp main.go 3, unused-context  0",
	} {
		c := newClient(t, strings.Replace(strings.Replace(hello, "# syntax=modship\n", config, 1), "func main", "var commit = \"1.0\"\n\nfunc main", 1))
		c.Options["context:registry.example/bsae"], c.Options["requestid"], c.Options["vcs:revision"] = "docker-image://registry.example/base", PlanRequest, strings.Repeat("0", 40)
		mustBuild(t, c)
		var got []string
		for _, w := range c.Warnings() {
			rule, _, _ := strings.Cut(strings.Fields(w.Text)[0], ":")
			line := int32(0)
			if len(w.Range) > 0 {
				line = w.Range[0].Start.Line
			}
			got = append(got, fmt.Sprintf("%s %s %d", rule, w.SourceInfo.GetFilename(), line))
		}
		slices.Sort(got)
		if strings.Join(got, ", ") != want {
			t.Errorf("%q: %q, want %q", config, got, want)
		}
	}
}

// TestCheckRules: what is found in files beside one another, each where it is written.
func TestCheckRules(t *testing.T) {
	for archive, want := range map[string][]string{
		strings.Replace(hello, "\n\ntoolchain $GO", "", 1):     {"go-toolchain go.mod"},
		hello + "image: {env: {API_TOKEN: x}}\n":               {"secrets modship.yaml"},
		hello + "image: {user: 0}\n":                           {"user modship.yaml"},
		hello + "image: {labels: {containerd.io/x: a}}\n":      {"labels modship.yaml"},
		hello + "image: {base: \"registry.example/base:1\"}\n": {"unpinned-base modship.yaml"},
		strings.Replace(hello, "func main", "var version string\n\nfunc main", 1) + "build: {ldflags: [\"-X=main.version=1\"]}\n":                                        {"stamp modship.yaml"},
		strings.Replace(hello, "$GO\n", "$GO\n\nrequire example.com/a v1.0.0 // indirect\n\nexclude example.com/a v1.1.0\n", 1):                                          {"exclude go.mod", "missing-sum go.mod"},
		hello + "image: {files: [{from: a.txt, to: /a}]}\n-- a.txt --\nversion https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("0", 64) + "\nsize 5\n": {"git-lfs modship.yaml"},
	} {
		if got := checked(t, newClient(t, archive)); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
			t.Errorf("%s\na check finds %q, want %q", archive, got, want)
		}
	}
	c := newClient(t, hello)
	c.Options["context:registry.example/bsae"] = "docker-image://registry.example/base"
	if got := checked(t, c); !slices.Equal(got, []string{"unused-context"}) {
		t.Errorf("with a context that nothing uses a check finds %q", got)
	}
}

// TestDockerignore: what .dockerignore hides is named as that, by a check and by a build.
func TestDockerignore(t *testing.T) {
	for archive, line := range map[string]string{
		hello + "-- .dockerignore --\n*\n!main.go\n!modship.yaml\n":                                   `add the line "!go.mod"`,
		hello + "image: {files: [{from: dist/a, to: /a}]}\n-- dist/a --\n-- .dockerignore --\ndist\n": `add the line "!dist/a"`,
		localLib + "-- .dockerignore --\nlib\n":                                                       `add the line "!lib/go.mod"`,
		strings.Replace(uses, "$SUMS", "", 1) + "-- .dockerignore --\n*.sum\n":                        `add the line "!go.sum"`,
	} {
		if got := checked(t, newClient(t, archive)); !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, rules.Dockerignore) }) {
			t.Errorf("%s\na check finds %q", archive, got)
		}
		if _, err := FromClient(t.Context(), newClient(t, archive)); err == nil || !strings.Contains(err.Error(), line) {
			t.Errorf("%s\na build says %v, want %s", archive, err, line)
		}
	}
}

// proxy serves modules and lists of their versions; none says what it is asked for.
func proxy(t *testing.T, versions map[module.Version]string) (url, sums string) {
	t.Helper()
	all := fstest.MapFS{}
	for m, goMod := range versions {
		made := modproxytest.New(t, m, fstest.MapFS{"go.mod": {Data: []byte(goMod)}})
		maps.Copy(all, made.Files)
		sums += made.Sums
		list := m.Path + "/@v/list"
		if all[list] == nil {
			all[list] = &fstest.MapFile{}
		}
		all[list].Data = append(all[list].Data, m.Version+"\n"...)
	}
	server := httptest.NewServer(http.FileServerFS(all))
	t.Cleanup(server.Close)
	return server.URL, sums
}

// TestNotices: a check asks for versions that are retracted and for modules that are deprecated; a build does not. Where nobody answers,
// that is said once, and is no finding.
func TestNotices(t *testing.T) {
	url, sums := proxy(t, map[module.Version]string{
		{Path: "example.com/bad", Version: "v1.0.0"}:  "module example.com/bad\n",
		{Path: "example.com/bad", Version: "v1.0.1"}:  "module example.com/bad\n\nretract v1.0.0 // loses data\n",
		{Path: "example.com/old", Version: "v1.0.0"}:  "// Deprecated: use example.com/new\nmodule example.com/old\n",
		{Path: "example.com/good", Version: "v1.0.0"}: "module example.com/good\n",
	})
	requires := strings.Replace(hello, "$GO\n", "$GO\n\nrequire (\n\texample.com/bad v1.0.0\n\texample.com/good v1.0.0\n\texample.com/old v1.0.0\n)\n-- go.sum --\n"+sums, 1)
	for _, test := range []struct {
		name, text, proxy string
		want              []string
		asked, notice     int
	}{
		{"found", "", url, []string{"deprecated go.mod", "retracted go.mod"}, 1, 0},
		{"off", "check: {rules: {retracted: off, deprecated: off}}\n", url, nil, 0, 0},
		{"one", "check: {rules: {retracted: off}}\n", url, []string{"deprecated go.mod"}, 1, 0},
		{"offline", "", "off", nil, 1, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t, requires+test.text)
			c.Options["build-arg:GOPROXY"] = test.proxy
			got := checked(t, c)
			if diff := cmp.Diff(test.want, slices.Sorted(slices.Values(got))); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if n := timesRan(c, "notices"); n != test.asked {
				t.Errorf("the proxy was asked %d times", n)
			}
			if w := c.Warnings(); len(w) != test.notice || len(w) > 0 && !strings.Contains(w[0].Text, "GOPROXY=off") {
				t.Errorf("the notices are %v", w)
			}
		})
	}
	c := newClient(t, requires)
	c.Options["build-arg:GOPROXY"], c.Options["requestid"] = url, PlanRequest
	mustBuild(t, c)
	if timesRan(c, "notices") > 0 || len(c.Warnings()) > 0 {
		t.Errorf("a build asked, and warned of %v", c.Warnings())
	}
}
