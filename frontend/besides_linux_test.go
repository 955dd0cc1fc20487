package frontend

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	gateway "github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/testing/gatewaytest"
	"github.com/modship-build/modship/internal/testing/golden"
)

// needsBeside is a module that is replaced in two places outside of its context.
const needsBeside = `
-- go.mod --
module example.com/hello

go 1.26

toolchain $GO

require (
	example.com/Deep v0.0.0
	example.com/lib v0.0.0
)

replace example.com/lib => ../lib

replace example.com/Deep => ../../other/deep
-- main.go --
package main

import (
	"example.com/Deep"
	"example.com/lib"
)

func main() { println(lib.Name, deep.Name) }
-- text/a.txt --
a
-- modship.yaml --
# syntax=modship
image: {files: [{from: text/, to: /srv/}]}
`

const (
	besideLib  = "\n-- go.mod --\nmodule example.com/lib\n\ngo 1.26\n-- lib.go --\npackage lib\n\nimport _ \"embed\"\n\n//go:embed name.txt\nvar Name string\n-- name.txt --\nthe name of lib\n-- other/big.bin --\nnobody asks\n"
	besideDeep = "\n-- go.mod --\nmodule example.com/Deep\n\ngo 1.26\n-- deep.go --\npackage deep\n\nconst Name = \"the name of deep\"\n"
)

// TestBesides: a module that a replace line looks for outside of the context is a named context; go.mod is built as it is, the program
// says of the modules what go build says, and the commit is that of the context.
func TestBesides(t *testing.T) {
	c := newClient(t, needsBeside)
	giveContext(t, c, "example.com/lib", besideLib)
	giveContext(t, c, "example.com/deep", besideDeep)
	git(t, c)
	res := mustBuild(t, c)
	program, err := res.Ref.ReadFile(t.Context(), gateway.ReadRequest{Filename: "usr/local/bin/hello"})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"the name of lib", "the name of deep", "=>\t../../other/deep\t(devel)", "=>\t../lib\t(devel)"} {
		if !strings.Contains(string(program), text) {
			t.Errorf("the program does not have %q", text)
		}
	}
	if strings.Contains(string(program), aboveContext) {
		t.Error("the program tells where it was built")
	}
	if text, err := res.Ref.ReadFile(t.Context(), gateway.ReadRequest{Filename: "srv/a.txt"}); err != nil || string(text) != "a\n" {
		t.Errorf("a file of the context: %q, %v", text, err)
	}
	for _, warning := range c.Warnings() {
		w := fmt.Sprint(warning)
		if strings.Contains(w, "not used") || strings.Contains(w, aboveContext) {
			t.Errorf("it warns: %s", w)
		}
	}
	if p := planOf(t, c); p.Metadata.Version != "v1.2.3" {
		t.Errorf("the version is %s", p.Metadata.Version)
	}
}

// TestBesidesForms: the module may be in an archive or an image as well.
func TestBesidesForms(t *testing.T) {
	archive := t.TempDir()
	pack := exec.CommandContext(t.Context(), "tar", "-czf", filepath.Join(archive, downloadName), "-C", golden.Parse(t, besideLib).Dir(t), ".")
	if text, err := pack.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for name, give := range map[string]func(c *gatewaytest.Client){
		"archive": func(c *gatewaytest.Client) {
			c.Sources["https://files.example/lib.tgz"] = archive
			c.Options["context:example.com/lib"] = "https://files.example/lib.tgz"
		},
		"image": func(c *gatewaytest.Client) {
			c.AddImage("registry.example/lib:1", gatewaytest.Root{Dir: golden.Parse(t, besideLib).Dir(t), Config: ocispecs.Image{Platform: gatewaytest.Platform()}})
			c.Options["context:example.com/lib"] = "docker-image://registry.example/lib:1"
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := quick(t, needsBeside)
			give(c)
			giveContext(t, c, "example.com/deep", besideDeep)
			if p := planOf(t, c); len(p.Images) != 1 {
				t.Errorf("the plan is %+v", p)
			}
		})
	}
}

// TestBesidesMistakes: what is missing or wrong is said at the line of go.mod, and files are named from the context.
func TestBesidesMistakes(t *testing.T) {
	for name, test := range map[string]struct {
		lib, deep, also string
		want            string
	}{
		"missing": {lib: besideLib,
			want: "go.mod:14:1: replacement directory ../../other/deep is outside the context; give it with --build-context example.com/deep=../../other/deep; or use ../.. as the context, and name this folder from there in the configuration, as in module: services/a; or vendor the dependencies (paths count from the root of the context)"},
		"no module":          {lib: strings.Replace(besideLib, "go.mod", "x.mod", 1), deep: besideDeep, want: "go.mod:12:1: the build context example.com/lib has no go.mod at its root; give the folder of the module, of a repository as in https://HOST/NAME.git#REF:FOLDER"},
		"a mistake in it":    {lib: besideLib + "-- more.go --\npackage lib\n\nimport _ \"example.com/none\"\n", deep: besideDeep, want: "../lib/more.go:3:8: no required module provides package example.com/none"},
		"a mistake of one's": {lib: besideLib, deep: besideDeep, also: "-- more.go --\npackage main\n\nimport _ \"example.com/none\"\n", want: "more.go:3:8: no required module provides package example.com/none"},
	} {
		t.Run(name, func(t *testing.T) {
			c := quick(t, needsBeside+test.also)
			giveContext(t, c, "example.com/lib", test.lib)
			if test.deep != "" {
				giveContext(t, c, "example.com/deep", test.deep)
			}
			c.Options["requestid"] = PlanRequest
			_, err := FromClient(t.Context(), c)
			var got []string
			for _, m := range diag.All(err) {
				got = append(got, m.Error())
			}
			if text := strings.Join(got, "\n"); !strings.HasPrefix(text, test.want) {
				t.Errorf("got %s\n(%v), want %s", text, err, test.want)
			}
		})
	}
}

// TestBesidesIgnored: .dockerignore of the context is that of the context, and its names are.
func TestBesidesIgnored(t *testing.T) {
	c := quick(t, needsBeside)
	giveContext(t, c, "example.com/lib", besideLib)
	giveContext(t, c, "example.com/deep", besideDeep)
	if err := os.WriteFile(filepath.Join(c.Locals["context"], ".dockerignore"), []byte("text\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := FromClient(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), `the context has no "text"; the line "text" of .dockerignore leaves text out of the build context`) {
		t.Errorf("got %v", err)
	}
}

func TestInFolder(t *testing.T) {
	for _, test := range []struct {
		dir            string
		patterns, want []string
	}{
		{"up", []string{"**/go.mod", "!**/x", "go.work", "up/go.work", "up/vendor", "!up/vendor/*"}, []string{"**/go.mod", "!**/x", "go.work", "vendor", "!vendor/*"}},
		{"up", []string{"lib/a.txt", "!up/x"}, nil},
		{"up", []string{"up", "!up/*", "up/a"}, []string{"*", "!*", "a"}},
		{"up/up", []string{"up", "up/upper", "up/up/a"}, []string{"a"}},
	} {
		if got := inFolder(test.dir, test.patterns); strings.Join(got, " ") != strings.Join(test.want, " ") {
			t.Errorf("%q in %s: %q, want %q", test.patterns, test.dir, got, test.want)
		}
	}
}
