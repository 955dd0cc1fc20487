package annotate

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/tools/txtar"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/plan"
	steps "github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/testing/gatewaytest"
	"github.com/modship-build/modship/internal/vcs"
)

func TestMain(m *testing.M) { gatewaytest.Main(m) }

// TestParity: what a build plans of a module, and what it says of commit and license, is what is read here, whatever the module looks like.
func TestParity(t *testing.T) {
	archive, err := txtar.ParseFile("../licenses/testdata/texts.txtar")
	if err != nil {
		t.Fatal(err)
	}
	isc := archive.Files[slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "ISC" })].Data
	names := strings.NewReplacer("$GO", runtime.Version(), "$ISC", string(isc))
	for name, tc := range map[string]shape{
		"module":         {files: app + said, tag: "v1.2.3", version: "v1.2.3"},
		"no tag":         {files: app + said, version: "v0.0.0-"},
		"workspace":      {files: workspace + said, tag: "cmd/v1.1.0", version: "v1.1.0"},
		"another tag":    {files: workspace + said, tag: "lib/v1.1.0", version: "v0.0.0-"},
		"dirty library":  {files: workspace + said, tag: "cmd/v1.1.0", edits: map[string]string{"lib/lib.go": "package lib\n\nconst Text = `x`\n"}, version: "v1.1.0+dirty"},
		"vendor":         {files: vendored + said, tag: "v1.2.3", version: "v1.2.3"},
		"dirty vendor":   {files: vendored + said, tag: "v1.2.3", edits: map[string]string{"vendor/example.org/words/words.go": "package words\n\nconst Hello = `x`\n"}, version: "v1.2.3+dirty"},
		"subfolder":      {files: subfolder, tag: "sub/v1.1.0", dir: "sub", edits: map[string]string{"main.go": "package main\n", "sub/README": "x"}, version: "v1.1.0", license: "ISC"},
		"folder":         {files: below, tag: "services/a/v1.1.0", edits: map[string]string{"README": "x", "services/a/nested/nested.go": "package nested\n"}, version: "v1.1.0", license: "ISC"},
		"dirty replaced": {files: below, tag: "services/a/v1.1.0", edits: map[string]string{"lib/lib.go": "package lib\n\nconst Text = `x`\n"}, version: "v1.1.0+dirty", license: "ISC"},
		"folder vendor":  {files: belowVendored + saidBelow, tag: "services/a/v1.1.0", edits: map[string]string{"vendor/x": "x"}, version: "v1.1.0"},
		"folder of work": {files: belowWork + saidBelow, tag: "services/a/v1.1.0", version: "v1.1.0"},
		"dirty settings": {files: app + said, tag: "v1.2.3", edits: map[string]string{"modship.yaml": "metadata: {licenses: ISC}\n"}, version: "v1.2.3+dirty", license: "ISC"},
		"links": {
			files: linked + said,
			links: map[string]string{"go.mod": "mod/go.mod", "greeting": "elsewhere/a", "elsewhere/a": "b", "elsewhere/b/text.go": "text.go.txt"},
			edits: map[string]string{"elsewhere/b/text.go.txt": "package greeting\n\nconst Text = `x`\n"},
			tag:   "v1.2.3", version: "", // go does not follow links to tell a version
		},
		"embedded and copied": {files: copied, tag: "v1.2.3", edits: map[string]string{"web/_hidden": "x", "etc/unused": "x", "etc/app/new.bak": "x"}, version: "v1.2.3"},
		"dirty embedded":      {files: copied, tag: "v1.2.3", edits: map[string]string{"web/index.html": "x"}, version: "v1.2.3+dirty"},
		"dirty copied":        {files: copied, tag: "v1.2.3", edits: map[string]string{"etc/app/new.conf": "x"}, version: "v1.2.3+dirty"},
		"C":                   {files: withC + said, tag: "v1.2.3", edits: map[string]string{"include/unused.tbl": "x"}, version: "v1.2.3"},
		"dirty C":             {files: withC + said, tag: "v1.2.3", edits: map[string]string{"include/table.tbl": "#define ANSWER 43\n"}, version: "v1.2.3+dirty"},
	} {
		t.Run(name, func(t *testing.T) {
			root, dir := tc.make(t, names), cmp.Or(tc.dir, ".")
			built, warned := planOfBuild(t, root, dir)
			read, said := planHere(t, root, dir)
			if diff := gocmp.Diff(comparable(built), comparable(read)); diff != "" {
				t.Errorf("the plan of a build and the one of here (-build +here):\n%s", diff)
			}
			if diff := gocmp.Diff(warned, said); diff != "" {
				t.Errorf("the warnings of a build and those of here (-build +here):\n%s", diff)
			}
			if got := string(read.Metadata.Version); got != tc.version && !(strings.HasSuffix(tc.version, "-") && strings.HasPrefix(got, tc.version)) {
				t.Errorf("the version is %q, want %q", got, tc.version)
			}
			if got := string(read.Metadata.Licenses); got != cmp.Or(tc.license, "MIT") {
				t.Errorf("the license is %q, want %q", got, cmp.Or(tc.license, "MIT"))
			}
		})
	}
}

// shape is a checkout with a module.
type shape struct {
	// files and links are in the commit, which has the tag, if there is one; edits come after it.
	files        string
	links, edits map[string]string
	tag          string
	// dir is the build context in the checkout.
	dir string
	// version and license are what is to be found; a version that ends in - is the beginning of one, and MIT the license that is not said.
	version, license string
}

func (s shape) make(t *testing.T, names *strings.Replacer) (root string) {
	t.Helper()
	root = writeModule(t, names.Replace(s.files))
	for name, to := range s.links {
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	git(t, root, "init", "-q")
	git(t, root, "add", ".")
	git(t, root, "commit", "-q", "-m", "first")
	if s.tag != "" {
		git(t, root, "tag", s.tag)
	}
	for name, text := range s.edits {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// planHere is the plan that is read here, and the warnings.
func planHere(t *testing.T, root, dir string) (*plan.Analyzed, []string) {
	t.Helper()
	dir = filepath.Join(root, dir)
	file := filepath.Join(dir, "modship.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m := &module{request: Request{Dir: dir, Name: "modship.yaml", Config: text, File: file, Platforms: []string{"linux/" + runtime.GOARCH}}}
	p, err := m.read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p, m.warnings
}

// planOfBuild is the plan of a build by a client that sends the repository, and the warnings.
func planOfBuild(t *testing.T, root, dir string) (*plan.Analyzed, []string) {
	t.Helper()
	c := gatewaytest.New(t)
	folder := filepath.Join(root, dir)
	maps.Copy(c.Locals, map[string]string{"context": folder, "dockerfile": folder, frontend.StepLocal: gatewaytest.StepProgram(t), vcs.Local: root})
	maps.Copy(c.Options, map[string]string{
		"filename": "modship.yaml", "requestid": frontend.PlanRequest, "build-arg:GOPROXY": "https://proxy.example",
		vcs.OptionPrefix: dir, vcs.OptionConfig: filepath.ToSlash(filepath.Join(dir, "modship.yaml")),
	})
	c.Steps["toolchain"], c.Steps["sysroot"] = gatewaytest.OwnGo(t), noSysroot
	c.AddImage(defaults.CgoBase, gatewaytest.Root{Dir: t.TempDir(), Config: ocispecs.Image{Platform: gatewaytest.Platform()}})
	res, err := frontend.FromClient(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	p := &plan.Plan{}
	if err := json.Unmarshal(res.Metadata["result.json"], p); err != nil {
		t.Fatal(err)
	}
	var warned []string
	for _, w := range c.Warnings() {
		if !strings.Contains(w.Text, "C is needed by") { // how it is compiled is the build's to decide
			warned = append(warned, w.Text)
		}
	}
	return &p.Analyzed, warned
}

// noSysroot stands in for the step that installs a compiler of C.
func noSysroot(_ context.Context, s *gatewaytest.Step) error {
	return os.WriteFile(filepath.Join(s.Folder(steps.Out), steps.SysrootFile), []byte(`{"id":"of the test"}`), 0o644)
}

// comparable is a plan without what only a build decides: where things come from, how C is compiled, and what depends on that.
func comparable(p *plan.Analyzed) *plan.Analyzed {
	same := *p
	same.Fetch.Proxy, same.Fetch.SumDB = "", ""
	same.Images = slices.Clone(p.Images)
	for i := range same.Images {
		img := &same.Images[i]
		img.Cgo, img.WithoutC, img.CgoOff, img.Deps = nil, nil, false, nil
	}
	return &same
}

// The shapes of a module. $GO stands for the Go version of the machine and $ISC for the text of a license.
const (
	saidBelow = "-- modship.yaml --\nmodule: services/a\nmetadata: {licenses: MIT}\n"

	said = "-- modship.yaml --\nmetadata: {licenses: MIT}\n"
	app  = "-- go.mod --\nmodule example.com/app\n\ngo 1.26\n\ntoolchain $GO\n-- main.go --\npackage main\n\nfunc main() {}\n"

	subfolder = app + `
-- sub/go.mod --
module example.com/app/sub

go 1.26

toolchain $GO
-- sub/main.go --
package main

func main() {}
-- sub/LICENSE --
$ISC
-- sub/modship.yaml --
`
	// below has a module in a folder, which replaces one beside it, and has another one in a folder of its own.
	below = `
-- modship.yaml --
module: services/a
main: ./cmd
check: {rules: {local-replace: off}}
image: {files: [{from: etc/app/, to: /etc/app/}]}
-- README --
-- LICENSE --
$ISC
-- etc/app/app.conf --
-- go.mod --
module example.com/app
-- main.go --
package main
-- services/a/go.mod --
module example.com/app/services/a

go 1.26

toolchain $GO

require example.com/lib v1.0.0

replace example.com/lib => ../../lib
-- services/a/cmd/main.go --
package main

import "example.com/lib"

func main() { println(lib.Text) }
-- services/a/nested/go.mod --
module example.com/app/services/a/nested
-- services/a/nested/nested.go --
package nested
-- lib/go.mod --
module example.com/lib

go 1.26
-- lib/lib.go --
package lib

const Text = "text"
`
	belowVendored = `
-- go.mod --
module example.com/app
-- vendor/modules.txt --
-- services/a/go.mod --
module example.com/app/services/a

go 1.26

toolchain $GO

require example.org/words v1.0.0
-- services/a/main.go --
package main

import "example.org/words"

func main() { println(words.Hello) }
-- services/a/vendor/modules.txt --
# example.org/words v1.0.0
## explicit; go 1.26
example.org/words
-- services/a/vendor/example.org/words/words.go --
package words

const Hello = "hello"
`
	belowWork = `
-- go.mod --
module example.com/app
-- go.work --
go 1.26

toolchain $GO

use (
	./services/a
	./services/b
)
-- services/a/go.mod --
module example.com/app/services/a

go 1.26
-- services/a/main.go --
package main

import "example.com/app/services/b/words"

func main() { println(words.Hello) }
-- services/b/go.mod --
module example.com/app/services/b

go 1.26
-- services/b/main.go --
package main
-- services/b/words/words.go --
package words

const Hello = "hello"
`
	workspace = `
-- go.mod --
module example.com/app

go 1.26
-- go.work --
go 1.26

toolchain $GO

use (
	./cmd
	./lib
)
-- cmd/go.mod --
module example.com/app/cmd

go 1.26
-- cmd/main.go --
package main

import "example.com/app/lib"

func main() { println(lib.Text) }
-- lib/go.mod --
module example.com/app/lib

go 1.26
-- lib/lib.go --
package lib

const Text = "text"
`
	vendored = `
-- go.mod --
module example.com/app

go 1.26

toolchain $GO

require example.org/words v1.0.0
-- main.go --
package main

import "example.org/words"

func main() { println(words.Hello) }
-- vendor/modules.txt --
# example.org/words v1.0.0
## explicit; go 1.26
example.org/words
-- vendor/example.org/words/words.go --
package words

const Hello = "hello"
`
	linked = `
-- mod/go.mod --
module example.com/app

go 1.26

toolchain $GO
-- main.go --
package main

import "example.com/app/greeting"

func main() { println(greeting.Text) }
-- elsewhere/b/text.go.txt --
package greeting

const Text = "hello"
`
	copied = `
-- go.mod --
module example.com/app

go 1.26

toolchain $GO
-- main.go --
package main

import "embed"

//go:embed web
var Web embed.FS

func main() {}
-- web/index.html --
-- web/_hidden --
-- etc/app/app.conf --
-- etc/unused --
-- .dockerignore --
etc/app/*.bak
-- modship.yaml --
metadata: {licenses: MIT}
image: {files: [{from: etc/app, to: /etc/app/}]}
`
	withC = `
-- go.mod --
module example.com/app

go 1.26

toolchain $GO
-- main.go --
package main

// #cgo CPPFLAGS: -I${SRCDIR}/include
// #include <answer>
import "C"

func main() { println(C.ANSWER) }
-- include/answer --
#include "table.tbl"
-- include/table.tbl --
#define ANSWER 42
-- include/unused.tbl --
`
)
