package ctoolchain

import (
	"errors"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/testing/diagtest"
)

// wish is settings, and what C is compiled for.
type wish struct {
	Settings
	builder, base, foreign, several bool
	use                             Use
}

// complaints are what is wrong with it, and what to do.
func (w wish) complaints() []string {
	var said []string
	for _, c := range w.Conflicts(w.builder) {
		said = append(said, c.Msg+"; "+c.Help)
	}
	j := Job{Settings: w.Settings, Scratch: !w.base, Alone: !w.several, Build: target.Target{OS: "linux", Arch: "amd64"}}
	if j.Target = j.Build; w.foreign {
		j.Target.Arch = "arm64"
	}
	p := w.Provider(w.builder)
	_, _, err := p.Compiler(j)
	if refused, ok := errors.AsType[*diag.Error](err); ok {
		said = append(said, refused.Msg+"; "+refused.Help)
	}
	if p.Check != nil {
		for _, problem := range p.Check(w.Settings, []Use{w.use}) {
			said = append(said, problem.Msg+"; "+problem.Help)
		}
	}
	return said
}

// TestAdvice: who does what is said about a mistake has none.
func TestAdvice(t *testing.T) {
	var (
		image  = ZigSource{Image: "registry.example/zig:1"}
		zig    = Settings{Compiler: "zig", Zig: image, Libc: "musl"}
		gcc    = Settings{Compiler: "gcc"}
		musl   = Settings{Libc: "musl"}
		needs  = Use{ImportPath: "example.org/x", PkgConfig: []string{"libx"}}
		cxx    = Use{ImportPath: "example.org/x", CXX: true}
		with   = func(s Settings, change func(*Settings)) Settings { change(&s); return s }
		static = with(zig, func(s *Settings) { s.Link = "static" })
		added  = with(gcc, func(s *Settings) { s.Packages.Build = []string{"libx-dev"} })
		cross  = with(Settings{}, func(s *Settings) { s.CC = "aarch64-linux-gnu-gcc" })
	)
	var followed []string
	for _, c := range []struct {
		wrong wish
		help  string // a part of it
		right []wish
	}{
		{wish{Settings: Settings{Glibc: "2.28"}}, "add compiler: zig with zig: {image: REFERENCE}, and libc: glibc; or remove glibc",
			[]wish{{Settings: Settings{Compiler: "zig", Zig: image, Libc: "glibc", Glibc: "2.28"}, base: true}, {}}},
		{wish{Settings: with(zig, func(s *Settings) { s.Packages.Build = []string{"libx-dev"} })}, "use compiler: gcc, and remove zig", []wish{{Settings: added}}},
		{wish{Settings: Settings{Compiler: "zig", Zig: image, Link: "static"}, base: true}, "use libc: musl", []wish{{Settings: static}}},
		{wish{Settings: Settings{Compiler: "zig", Zig: image, Link: "static", Glibc: "2.28"}, base: true}, "use libc: musl, and remove glibc", []wish{{Settings: static}}},
		{wish{Settings: with(zig, func(s *Settings) { s.Link = "dynamic" })}, "use link: static, or compiler: gcc and remove zig",
			[]wish{{Settings: static}, {Settings: with(musl, func(s *Settings) { s.Link = "dynamic" })}}},
		{wish{Settings: zig, builder: true}, "remove builder.image, or compiler and zig", []wish{{Settings: zig}, {builder: true}}},
		{wish{Settings: Settings{Compiler: "zig", Libc: "musl"}}, "add zig: {image: REFERENCE} or zig: {url: https://…, digest: sha256:…}",
			[]wish{{Settings: zig}, {Settings: with(zig, func(s *Settings) { s.Zig = ZigSource{URL: "https://x.example/zig.tgz", Digest: "sha256:1"} })}}},
		{wish{Settings: Settings{Zig: image, Libc: "musl"}}, "add compiler: zig, or remove zig", []wish{{Settings: zig}, {Settings: musl}}},
		{wish{Settings: added, builder: true}, "install packages in the builder image and remove the keys, or remove builder.image", []wish{{builder: true}, {Settings: added}}},
		{wish{Settings: cross}, "remove them, or set builder.image", []wish{{}, {Settings: cross, builder: true}}},
		{wish{Settings: Settings{Enabled: "off", Libc: "musl"}}, "remove one of them", []wish{{Settings: Settings{Enabled: "off"}}, {Settings: musl}}},

		{wish{Settings: Settings{Compiler: "zig", Zig: image}}, "set image.base to an image with glibc, or use libc: musl without glibc, or compiler: gcc without zig and glibc",
			[]wish{{Settings: Settings{Compiler: "zig", Zig: image}, base: true}, {Settings: zig}, {Settings: gcc}}},
		{wish{builder: true, foreign: true}, "name its cross compiler in cgo.cc, or remove builder.image",
			[]wish{{Settings: cross, builder: true, foreign: true}, {foreign: true}}},
		{wish{builder: true, foreign: true, several: true}, "build for one platform at a time, with its cross compiler in cgo.cc, or remove builder.image",
			[]wish{{Settings: cross, builder: true, foreign: true}, {foreign: true, several: true}}},

		{wish{Settings: musl, use: cxx}, "use libc: glibc, or compiler: zig with zig: {image: REFERENCE}", []wish{{use: cxx}, {Settings: zig, use: cxx}}},
		{wish{Settings: musl, use: needs}, "use libc: glibc, or a builder.image with that library for musl", []wish{{use: needs}, {Settings: musl, builder: true, use: needs}}},
		{wish{Settings: with(musl, func(s *Settings) { s.Packages = added.Packages })}, "use libc: glibc", []wish{{Settings: added}}},
		{wish{Settings: zig, use: needs}, "use cgo: {compiler: gcc, packages: {build: [PACKAGE]}}, or a builder.image with that library in place of zig",
			[]wish{{Settings: added, use: needs}, {builder: true, use: needs}}},
	} {
		said := c.wrong.complaints()
		if !strings.Contains(strings.Join(said, "\n"), c.help) {
			t.Errorf("%+v: %q does not say %q", c.wrong, said, c.help)
		}
		for _, right := range c.right {
			if still := right.complaints(); len(still) > 0 {
				t.Errorf("%q, and then %q", said, still)
			}
		}
		followed = append(followed, said...)
	}
	excused := map[string]string{}
	for _, p := range providers {
		excused[p.Help.Missing] = "it is for what a compiler says: the tests of package step follow it"
	}
	diagtest.Advice(t, ".", followed, excused)
}
