package plan

import (
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/target"
)

// checkCgo refuses what would fail in the compiler with less to go by.
func (p *Plan) checkCgo(in Input) error {
	var mistakes diag.List
	p.checkMuslTag(in, &mistakes)
	if p.Runtime.Base != "" && p.UsesCgo() && len(in.Config.Cgo.Packages.Runtime) > 0 {
		mistakes.Addf(in.At("cgo.packages.runtime"), "runtime packages are for images on scratch, and this one has a base").Help =
			"install them in the base, or remove image.base"
	}
	p.checkZig(in, &mistakes)
	for _, img := range p.Images {
		if img.Cgo == nil || img.Cgo.Provider != ProviderGCC || img.Cgo.Libc != target.Musl {
			continue
		}
		for _, u := range img.Cgo.Uses {
			switch {
			case u.CXX:
				mistakes.Addf(in.At("cgo.libc"), "%s has C++, and Debian has no C++ library for musl", chainText(u)).Help =
					"use libc: glibc, or compiler: zig"
			case len(u.PkgConfig) > 0:
				mistakes.Addf(in.At("cgo.libc"), "%s needs %s, which Debian has for glibc only", chainText(u), strings.Join(u.PkgConfig, ", ")).Help =
					"use libc: glibc, or a builder.image with that library for musl"
			}
		}
		if len(in.Config.Cgo.Packages.Build)+len(in.Config.Cgo.Packages.Runtime) > 0 {
			mistakes.Addf(in.At("cgo.packages"), "Debian's packages are built for glibc and cannot be linked with musl").Help = "use libc: glibc"
		}
		break // the others would say the same
	}
	return mistakes.Err()
}

// checkZig refuses libraries with zig, which has none but those of C and C++, and no pkg-config. Each package is named once.
func (p *Plan) checkZig(in Input, mistakes *diag.List) {
	seen := map[string]bool{}
	for _, img := range p.Images {
		if img.Cgo == nil || img.Cgo.Provider != ProviderZig {
			continue
		}
		for _, u := range img.Cgo.Uses {
			if len(u.PkgConfig) > 0 && !seen[u.ImportPath] {
				seen[u.ImportPath] = true
				mistakes.Addf(in.At("cgo.compiler"), "%s needs %s, and zig brings no libraries but those of C and C++", chainText(u), strings.Join(u.PkgConfig, ", ")).Help =
					"use compiler: gcc with cgo.packages, or a builder.image with that library"
			}
		}
	}
}

// checkMuslTag refuses the tag musl with glibc where a package goes by it: it would link the wrong libraries.
func (p *Plan) checkMuslTag(in Input, mistakes *diag.List) {
	if !slices.Contains(in.Config.Build.Tags, "musl") {
		return
	}
	for _, img := range p.Images {
		if img.Cgo == nil || img.Cgo.Libc == target.Musl {
			continue
		}
		for _, u := range img.Cgo.Uses {
			if u.MuslTag {
				mistakes.Addf(in.At("build.tags"), "the tag musl has %s link libraries for musl, but the C library is %s", chainText(u), img.Cgo.Libc).Help =
					"use cgo: {libc: musl}, which sets the tag, or remove the tag"
				return
			}
		}
	}
}
