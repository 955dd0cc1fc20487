package frontend

import (
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/frontend/subrequests/targets"

	"github.com/modship-build/modship/internal/diag"
)

// belowContext is a module below its context, and one beside it.
const belowContext = `
-- lib/go.mod --
module example.com/lib

go 1.26
-- lib/lib.go --
package lib

const Name = "the name of lib"
-- services/a/go.mod --
module example.com/a

go 1.26

toolchain $GO

require example.com/lib v0.0.0

replace example.com/lib => ../../lib
-- services/a/main.go --
package main

import "example.com/lib"

func main() { println(lib.Name) }
-- services/a/cmd/tool/main.go --
package main

func main() { println("tool") }
-- services/a/.dockerignore --
main.go
`

// TestModuleKey: the requests of docker buildx build --call know the module by the key of the configuration, and .dockerignore of the context
// is the one that counts.
func TestModuleKey(t *testing.T) {
	const config = "-- modship.yaml --\n# syntax=modship\nmodule: services/a\nmain: .\n"
	for name, test := range map[string]struct {
		archive string
		want    []string
	}{
		"nothing":           {belowContext + config, nil},
		"no such module":    {belowContext + strings.Replace(config, "services/a", "services/b", 1), []string{"modship.yaml:2:9: the context has no services/b/go.mod"}},
		"no main package":   {belowContext + strings.Replace(config, "main: .", "main: ./cmd/none", 1), []string{`modship.yaml:3:7: no main package "./cmd/none"`}},
		"a package":         {belowContext + strings.Replace(config, "main: .", "main: ./cmd/tool", 1), nil},
		"a mistake in it":   {belowContext + "-- services/a/more.go --\npackage main\n\nimport _ \"example.com/none\"\n" + config, []string{"services/a/more.go:3:8: no required module provides package example.com/none"}},
		"ignored":           {belowContext + "-- .dockerignore --\nlib\n" + config, []string{`services/a/go.mod:9:1: replacement directory ./lib has no go.mod in the context; the line "lib" of .dockerignore`}},
		"a file of another": {belowContext + config + "image: {files: [{from: a.txt, to: /a}]}\n", []string{`the context has no "a.txt"`}},
	} {
		t.Run(name, func(t *testing.T) {
			var found lint.LintResults
			ask(t, newClient(t, test.archive), "lint", &found)
			var got []string
			for _, w := range found.Warnings {
				if w.RuleName != "local-replace" {
					got = append(got, w.Detail)
				}
			}
			if len(got) != len(test.want) {
				t.Fatalf("got %q, want %q", got, test.want)
			}
			for i, want := range test.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("got %q, want %q", got[i], want)
				}
			}
		})
	}
	t.Run("targets", func(t *testing.T) {
		var list targets.List
		ask(t, newClient(t, belowContext+config+"targets: {tool: {main: ./cmd/tool}, other: {module: services/b}}\n"), "targets", &list)
		for _, want := range []string{"tool", "other"} {
			if !slices.ContainsFunc(list.Targets, func(t targets.Target) bool { return t.Name == want }) {
				t.Errorf("no target %s in %v", want, list.Targets)
			}
		}
	})
}

// TestModuleKeyOfFolder: where the context is the folder of the module in a repository, the configuration names it from another, and that is said.
func TestModuleKeyOfFolder(t *testing.T) {
	for url, blamed := range map[string]bool{"#main:services/a": true, "#main:x/services/a": true, "#main:services/b": false, "#main:my-services/a": false, "#main": false} {
		checkout := llb.Scratch()
		b := &builder{context: buildContext{remote: &checkout}, options: options{context: "https://git.example/x.git" + url}}
		m := &diag.Error{Msg: "the context has no services/a/go.mod", Missing: "services/a/go.mod"}
		if err := b.blameFolder(m); strings.Contains(err.Error(), "leave it out of the URL") != blamed {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// TestNamedFolder: what a client says of the folder and the package that the user has named is built, and said in the image.
func TestNamedFolder(t *testing.T) {
	const config = "-- services/a/modship.yaml --\n# syntax=modship\ntargets: {tool: {main: ./cmd/tool, image: {files: [{from: text/, to: /srv/}]}}}\n-- services/a/text/a.txt --\na\n"
	build := func(pkg string) (*gateway.Result, error) {
		c := newClient(t, belowContext+config)
		c.Options["filename"], c.Options[OptionFolder] = "services/a/modship.yaml", "services/a"
		if pkg != "" {
			c.Options[OptionMain] = pkg
		}
		return FromClient(t.Context(), c)
	}
	res, err := build("./cmd/tool")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := res.Ref.ReadFile(t.Context(), gateway.ReadRequest{Filename: "srv/a.txt"}); err != nil || string(text) != "a\n" {
		t.Errorf("a file that counts from the module: %q, %v", text, err)
	}
	if _, err := res.Ref.StatFile(t.Context(), gateway.StatRequest{Path: "usr/local/bin/tool"}); err != nil {
		t.Error(err)
	}
	said := map[string]string{}
	for key, value := range res.Metadata {
		if _, name, ok := strings.Cut(key, "io.github.modship-build."); ok {
			said[name] = string(value)
		}
	}
	if said["folder"] != "services/a" || said["module"] != "services/a" || said["target"] != "tool" || said["main"] != "" {
		t.Errorf("the image says %v", said)
	}
	for pkg, want := range map[string]string{
		"":            "the module has 2 main packages: ., ./cmd/tool",
		"./cmd/none":  `no main package "./cmd/none"`,
		"./../../lib": "the module has 2 main packages", // no client says so
	} {
		if _, err := build(pkg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", pkg, err, want)
		}
	}
}
