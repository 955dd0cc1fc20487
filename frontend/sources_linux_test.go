package frontend

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/image"
	"github.com/modship-build/modship/internal/testing/gatewaytest"
	"github.com/modship-build/modship/internal/testing/golden"
)

// embedsUI is a program that embeds what another build makes, calls Go that a generator makes, and has a stale folder of its own that no
// build takes.
const embedsUI = `
-- go.mod --
module example.com/hello

go 1.26

toolchain $GO
-- main.go --
package main

import (
	_ "embed"

	"example.com/hello/gen"
)

//go:embed web/dist/index.html
var page string

func main() { println(page, gen.Name) }
-- .dockerignore --
/web/dist
-- web/dist/index.html --
a stale page
-- modship.yaml --
# syntax=modship
source:
  - {from: ui, to: web/dist}
  - {from: generated, path: out, to: gen}
`

// giveContext has the caller of the build give the files of an archive as a context.
func giveContext(t *testing.T, c *gatewaytest.Client, name, archive string) (dir string) {
	t.Helper()
	dir = golden.Parse(t, archive).Dir(t)
	c.Locals[name] = dir
	c.Options["context:"+name], c.Options["local-sessionid:"+name] = "local:"+name, gatewaytest.Session
	return dir
}

const (
	madePage = "\n-- index.html --\nthe page that was made\n-- app.js --\n1\n"
	madeGo   = "\n-- out/gen.go --\npackage gen\n\nconst Name = \"the name that was made\"\n-- README --\nnothing\n"
)

// TestSource: what a context lays over the build context is compiled and embedded, .dockerignore hides nothing of it, and it makes no
// commit dirty.
func TestSource(t *testing.T) {
	c := newClient(t, embedsUI)
	giveContext(t, c, "ui", madePage)
	giveContext(t, c, "generated", madeGo)
	if err := os.RemoveAll(filepath.Join(c.Locals["context"], "web")); err != nil { // it is not in the repository
		t.Fatal(err)
	}
	git(t, c)
	wantPage := func(res *gateway.Result) {
		t.Helper()
		program, err := res.Ref.ReadFile(t.Context(), gateway.ReadRequest{Filename: "usr/local/bin/hello"})
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"the page that was made", "the name that was made"} {
			if !strings.Contains(string(program), text) {
				t.Errorf("the program does not have %q", text)
			}
		}
	}
	wantPage(mustBuild(t, c))
	if got := c.Warnings(); len(got) > 0 {
		t.Errorf("warnings: %v", got)
	}
	if p := planOf(t, c); p.Metadata.Version != "v1.2.3" {
		t.Errorf("the version is %s", p.Metadata.Version)
	}
}

// TestSourceOrigins: an image and an archive are laid like a folder, and a context stands in for an image.
func TestSourceOrigins(t *testing.T) {
	const digest = "sha256:0123456789012345678901234567890123456789012345678901234567890123"
	archive := t.TempDir()
	pack := exec.CommandContext(t.Context(), "tar", "-czf", filepath.Join(archive, archiveName), "-C", golden.Parse(t, madePage).Dir(t), ".")
	if text, err := pack.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for name, give := range map[string]struct {
		source string
		give   func(c *gatewaytest.Client)
	}{
		"archive": {"{from: \"https://files.example/ui.tgz\", digest: \"" + digest + "\", to: web/dist}", func(c *gatewaytest.Client) {
			c.Sources["https://files.example/ui.tgz"] = archive
		}},
		"image": {"{from: registry.example/ui:1, to: web/dist}", func(c *gatewaytest.Client) {
			c.AddImage("registry.example/ui:1", gatewaytest.Root{Dir: golden.Parse(t, madePage).Dir(t), Config: ocispecs.Image{Platform: gatewaytest.Platform()}})
		}},
		"context for an image": {"{from: registry.example/ui:1, to: web/dist}", func(c *gatewaytest.Client) {
			giveContext(t, c, "registry.example/ui:1", madePage)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c := quick(t, strings.Replace(embedsUI, "{from: ui, to: web/dist}", give.source, 1))
			give.give(c)
			giveContext(t, c, "generated", madeGo)
			if p := planOf(t, c); len(p.Images) != 1 {
				t.Errorf("the plan is %+v", p)
			}
		})
	}
}

// TestSourceMistakes: what cannot be laid is said at its place, all of it at once, before anything is compiled.
func TestSourceMistakes(t *testing.T) {
	for name, test := range map[string]struct {
		config, ui, also string
		want             string
	}{
		"missing": {config: "[{from: uix, to: web}]", ui: madePage,
			want: `modship.yaml:2:17: there is no build context "uix"; did you mean "ui"?`},
		"nothing given": {config: "[{from: web, to: web}]",
			want: `modship.yaml:2:17: there is no build context "web"; give it with --build-context web=FOLDER, or another address, or in a bake file with contexts = { web = "target:NAME" }`},
		"in both": {config: "[{from: ui, to: web/dist}]", ui: madePage, also: "-- web/dist/index.html --\nold\n-- web/dist/more.css --\n",
			want: `modship.yaml:2:25: web/dist/index.html is in the build context and in ui; leave it out of the build context with a line "web/dist" in .dockerignore, or lay ui into another folder`},
		"below a file": {config: "[{from: ui, to: web/dist}]", ui: madePage, also: "-- web --\nold\n",
			want: `modship.yaml:2:25: web is in the build context and in ui; leave it out of the build context with a line "web/dist" in .dockerignore, or lay ui into another folder`},
		"beside": {config: "[{from: ui, to: web/dist}]", ui: madePage, also: "-- web/dist/.gitkeep --\n"},
		"no folder": {config: "[{from: ui, path: dist, to: web}]", ui: madePage,
			want: `modship.yaml:2:27: ui has no folder "dist"`},
		"no module": {config: "[{from: ui, to: web}]", ui: madePage, also: "-- go.work --\ngo 1.26\n\nuse ./app\n-- app/go.mod --\nmodule example.com/app\n\ngo 1.26\n",
			want: `modship.yaml:2:25: the folder web is in no module of the build context; nothing is compiled or embedded there: write a folder of a module, counted from the root of the build context`},
	} {
		t.Run(name, func(t *testing.T) {
			module := hello
			if name == "no module" {
				module = "-- modship.yaml --\n# syntax=modship\n"
			}
			c := quick(t, fmt.Sprintf("%ssource: %s\n%s", module, test.config, test.also))
			if test.ui != "" {
				giveContext(t, c, "ui", test.ui)
			}
			c.Options["requestid"] = PlanRequest
			_, err := FromClient(t.Context(), c)
			var got []string
			for _, m := range diag.All(err) {
				got = append(got, m.Error())
			}
			if text := strings.Join(got, "\n"); text != test.want {
				t.Errorf("got %s\n(%v), want %s", text, err, test.want)
			}
			if n := timesRan(c, "scan"); n > 0 && test.want != "" {
				t.Errorf("scan ran %d times", n)
			}
		})
	}
}

// TestFileContexts: files come from a folder and from an image for the platform, of which nothing else is asked; what is not there is said.
func TestFileContexts(t *testing.T) {
	const files = `image: {files: [{context: ui, from: "*.js", to: /srv/, owner: 1001, mode: 640}, {context: registry.example/tools:1, from: tool, to: /opt/tool}]}
`
	withTools := func(c *gatewaytest.Client) {
		dir := golden.Parse(t, "\n-- tool --\na tool\n").Dir(t)
		c.AddImage("registry.example/tools:1", gatewaytest.Root{Dir: dir, Config: ocispecs.Image{Platform: gatewaytest.Platform()}})
	}
	c := quick(t, hello+files)
	withTools(c)
	giveContext(t, c, "ui", madePage)
	res := mustBuild(t, c)
	stat, err := res.Ref.StatFile(t.Context(), gateway.StatRequest{Path: "srv/app.js"})
	if err != nil {
		t.Fatal(err)
	}
	if stat.Mode&0o777 != 0o640 {
		t.Errorf("the mode is %o", stat.Mode)
	}
	if _, err := res.Ref.StatFile(t.Context(), gateway.StatRequest{Path: "opt/tool"}); err != nil {
		t.Error(err)
	}
	if _, err := res.Ref.StatFile(t.Context(), gateway.StatRequest{Path: "srv/index.html"}); err == nil {
		t.Error("the image has a file that no pattern matches")
	}
	wantWarnings(t, c, "data.bin")
	for name, test := range map[string]struct{ ui, want string }{
		"no context": {"", `modship.yaml:2:27: there is no build context "ui"`},
		"no match":   {"\n-- index.html --\n\n", `modship.yaml:2:37: the context ui has no "*.js"; the path counts from the root of that context; look into what made it`},
	} {
		t.Run(name, func(t *testing.T) {
			c := quick(t, hello+files)
			withTools(c)
			if test.ui != "" {
				giveContext(t, c, "ui", test.ui)
			}
			if _, err := FromClient(t.Context(), c); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, want %s", err, test.want)
			}
		})
	}
}

// TestSourceLinks: the folder that is laid may be reached by links, which count from the root of the context as in an image.
func TestSourceLinks(t *testing.T) {
	for link, want := range map[string]string{
		"made/dist": "", "/made/dist": "", "../../made/dist": "", "sub": "", // a link to a link
		"made/gone":        `modship.yaml:2:27: the path "current" of ui is a symbolic link that leads nowhere`,
		"current":          `modship.yaml:2:27: the path "current" of ui is a symbolic link that leads nowhere`,
		"made/dist/gen.go": `modship.yaml:2:27: ui has no folder "current"`,
	} {
		t.Run(link, func(t *testing.T) {
			c := quick(t, strings.Replace(hello, "func main() {", "import \"example.com/hello/gen\"\n\nfunc main() { _ = gen.Name;", 1)+"source: [{from: ui, path: current, to: gen}]\n")
			dir := giveContext(t, c, "ui", "\n-- made/dist/gen.go --\npackage gen\n\nconst Name = 1\n-- notes --\n")
			for name, target := range map[string]string{"current": link, "sub": "made/dist"} {
				if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
			c.Options["requestid"] = PlanRequest
			if _, err := FromClient(t.Context(), c); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		})
	}
}

// TestFilesPlatform: files of an image for another platform are taken with a warning, and a context that is given for other platforms alone is
// none for this one.
func TestFilesPlatform(t *testing.T) {
	const files = "image: {files: [{context: registry.example/tools:1, from: tool, to: /opt/tool}]}\n"
	other := gatewaytest.Platform()
	other.Architecture = "s390x"
	tools := func(c *gatewaytest.Client, p ocispecs.Platform) {
		c.AddImage("registry.example/tools:1", gatewaytest.Root{Dir: golden.Parse(t, "\n-- tool --\na tool\n").Dir(t), Config: ocispecs.Image{Platform: p}})
	}
	c := quick(t, hello+files)
	tools(c, other)
	mustBuild(t, c)
	wantWarnings(t, c, "data.bin", "files-platform: the files of registry.example/tools:1 are those of an image for linux/s390x, and go into the image for linux/")
	c = quick(t, hello+files)
	tools(c, gatewaytest.Platform())
	mustBuild(t, c)
	wantWarnings(t, c, "data.bin")

	c = quick(t, hello+"image: {files: [{context: ui, from: app.js, to: /srv/}]}\n")
	giveContext(t, c, "ui", madePage)
	c.Options["context:ui::linux/s390x"] = c.Options["context:ui"]
	delete(c.Options, "context:ui")
	want := `modship.yaml:2:27: the build context "ui" is given for other platforms than linux/` + gatewaytest.Platform().Architecture
	if _, err := FromClient(t.Context(), c); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestRecipeOfContexts: the image says which contexts and which images its files come from, the seed apart, and the plan says so as well.
func TestRecipeOfContexts(t *testing.T) {
	c := quick(t, hello+"source: [{from: ui, to: web}, {from: made, to: made}, {from: \"registry.example/gen:1\", path: ., to: gen}]\nimage: {base: registry.example/base:1, files: [{context: registry.example/tools, from: tool, to: /opt/tool}]}\n")
	giveContext(t, c, "ui", madePage)
	giveContext(t, c, "registry.example/base:1", "\n-- etc/base --\n")
	root := gatewaytest.Root{Dir: golden.Parse(t, "\n-- tool --\na tool\n").Dir(t), Config: ocispecs.Image{Platform: gatewaytest.Platform()}}
	c.AddImage("registry.example/gen:1", root)
	c.AddImage("registry.example/tools:latest", root)
	c.AddImage("registry.example/made:2", root)
	c.AddImage("registry.example/seed:3", root)
	c.Options["context:made"], c.Options["context:"+SeedContext] = "docker-image://registry.example/made:2", "docker-image://registry.example/seed:3"
	res := mustBuild(t, c)
	said := func(key string) string { return string(res.Metadata[exptypes.AnnotationManifestKey(nil, key)]) }
	if got := said(image.KeyContexts); got != "made,registry.example/base:1,ui" {
		t.Errorf("the contexts are %q", got)
	}
	refs := strings.Split(said(image.KeyImages), ",")
	if len(refs) != 3 || !strings.HasPrefix(refs[0], "registry.example/gen:1@sha256:") || !strings.HasPrefix(refs[1], "registry.example/made:2@sha256:") || !strings.HasPrefix(refs[2], "registry.example/tools:latest@sha256:") {
		t.Errorf("the images are %q", refs)
	}
	p := planOf(t, c)
	if len(p.Laid) != 3 || p.Laid[0].From != "ui" || p.Laid[0].To != "web" || !strings.HasPrefix(p.Laid[2].From, "registry.example/gen@sha256:") {
		t.Errorf("the plan says %+v", p.Laid)
	}
}
