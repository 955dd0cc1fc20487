package llb

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/target"
)

// generator makes plans of every shape that a graph tells apart. The same seed gives the same plans.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, seed))} }

func (g generator) maybe() bool { return g.IntN(2) == 0 }

// some gives up to three words with a prefix.
func (g generator) some(prefix string) []string {
	var words []string
	for i := range g.IntN(4) {
		words = append(words, fmt.Sprintf("%s%d", prefix, i))
	}
	return words
}

func (g generator) plan() *plan.Plan {
	p := &plan.Plan{}
	p.Build = target.Target{OS: "linux", Arch: "amd64"}
	p.Go.Version, p.Fetch.Proxy = "1.26.8", "https://modules.example"
	p.Main = plan.Main{ImportPath: "example.com/app/cmd/app", Dir: "cmd/app", Name: "app"}
	for _, name := range g.some("beside") {
		p.Beside = append(p.Beside, plan.Main{ImportPath: "example.com/app/cmd/" + name, Dir: "cmd/" + name, Name: name})
	}
	p.Source.Modules = []gomod.Module{{Path: "example.com/app", Dir: "."}}
	p.Source.Files = append([]string{"go.mod"}, g.some("go.sum")...)
	p.Flags = plan.Flags{LDFlags: g.some("-s"), Tags: g.some("tag")}
	p.Runtime = plan.Runtime{UID: 1001, GID: 1001, Entrypoint: []string{"/usr/local/bin/app"}, Volumes: g.some("/volume")}
	p.Cache.Isolated = g.maybe()
	switch g.IntN(3) {
	case 0:
		p.Source.Vendor = true
	case 1:
		p.Source.Download, p.Source.Graph = true, g.maybe()
		for _, path := range append(g.some("example.org/lib"), "example.org/last") {
			m := module.Version{Path: path, Version: "v1.0.0"}
			p.Source.Pinned = append(p.Source.Pinned, gomod.Pinned{Version: m, Zip: g.some("h1:zip"), Mod: g.some("h1:mod")})
		}
	}
	if g.maybe() {
		p.Main.PGO, p.Main.PGOFiles = "cmd/app/default.pgo", []string{"cmd/app/default.pgo"}
	}
	if g.maybe() {
		p.Runtime.Base = pinned("base", "1")
	}
	for _, name := range g.some("file") {
		p.Runtime.Files = append(p.Runtime.Files, config.Copy{From: name, To: "/etc/" + name})
	}
	cgo := g.compiler(p)
	for _, arch := range []string{"amd64", "arm64", "riscv64"}[:1+g.IntN(3)] {
		img := plan.Image{Target: target.Target{OS: "linux", Arch: arch}, Std: g.some("std"), Files: append([]string{"main.go"}, g.some("file.go")...),
			Embeds: g.some("embed")}
		if p.NeedsAnalysis() {
			img.External = g.some("example.org/lib")
			img.Deps = img.External
		}
		if g.maybe() {
			img.Cgo = g.cgo(cgo)
		}
		p.Images = append(p.Images, img)
	}
	return p
}

// compiler is what C is compiled with in all images.
func (g generator) compiler(p *plan.Plan) (c plan.Cgo) {
	switch g.IntN(4) {
	case 0:
		p.Go = plan.Go{Image: pinned("go", "2"), Root: "/usr/local/go"}
		c.Provider, c.Base = ctoolchain.BuilderImage, p.Go.Image
	case 1:
		c.Provider, c.Archive, c.Digest = ctoolchain.Zig, "https://zig.example/zig.tar.gz", "sha256:5"
	case 2:
		c.Provider, c.Base, c.Folder = ctoolchain.Zig, pinned("zig", "6"), "opt/zig"
	case 3:
		c.Provider, c.Base, c.Compiler = ctoolchain.GCC, pinned("debian", "3"), []string{"gcc"}
		c.Packages = g.some("lib")
		c.Runtime = c.Packages
	}
	return c
}

func (g generator) cgo(c plan.Cgo) *plan.Cgo {
	c.Libc, c.Link, c.Sysroot = ctoolchain.Glibc, plan.LinkDynamic, "sha256:4"
	if g.maybe() {
		c.Libc, c.Link = ctoolchain.Musl, plan.LinkStatic
	}
	c.Uses = []ctoolchain.Use{{ImportPath: "example.org/lib0", CXX: g.maybe()}}
	if c.Own = g.maybe(); c.Own {
		c.Sources = []string{"main.go"}
	}
	return &c
}

func pinned(name, digit string) string {
	return "registry.example/" + name + "@sha256:" + strings.Repeat(digit, 64)
}
