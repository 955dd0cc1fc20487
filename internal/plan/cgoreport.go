package plan

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/config"
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

// CgoWarnings says what the user did not ask for, or what has no effect. Each has a place in the configuration.
func (p *Plan) CgoWarnings(in Input) []*diag.Error {
	var warnings diag.List
	asked := !isZero(in.Config.Cgo)
	switch {
	case !p.UsesCgo() && asked && in.Config.Cgo.Enabled != "off":
		warnings.Addf(in.At("cgo"), "cgo is configured, but no package outside of the standard library uses it").Help =
			"remove the settings, or set enabled: on"
	case p.UsesCgo() && !asked:
		warnings.Addf(in.At("cgo"), "%s", p.CgoReport()).Help =
			"say in cgo: what you want, such as {libc: glibc, link: dynamic}; {enabled: off} builds without C"
	}
	return append(warnings, p.oddities(in)...)
}

func isZero(c config.Cgo) bool { return reflect.ValueOf(c).IsZero() }

// CgoReport says for which platforms C is compiled, how, and for which packages.
func (p *Plan) CgoReport() string {
	var parts []string
	for _, group := range p.cgoGroups() {
		img := group[0]
		var platforms []string
		for _, i := range group {
			platforms = append(platforms, i.Target.String())
		}
		var reasons []string
		for _, u := range img.Cgo.Uses {
			reasons = append(reasons, chainText(u))
		}
		because := "cgo is on"
		if len(reasons) > 0 {
			because = "C is needed by " + shortList(reasons)
		}
		parts = append(parts, fmt.Sprintf("%s: %s; it is compiled by %s for %s and linked %s%s",
			strings.Join(platforms, ", "), because, img.Cgo.Provider, img.Cgo.Libc, linkWord(img.Cgo.Link), p.librariesWord(img)))
	}
	return strings.Join(parts, "; ")
}

func linkWord(link string) string {
	return map[string]string{LinkStatic: "statically", LinkDynamic: "dynamically"}[link]
}

func (p *Plan) librariesWord(img Image) string {
	if p.CopiesLibraries(img) && img.Cgo.Link == LinkDynamic {
		return ", and the image gets the libraries"
	}
	return ""
}

// cgoGroups puts images together of which the report says the same.
func (p *Plan) cgoGroups() [][]Image {
	var groups [][]Image
	for _, img := range p.Images {
		if img.Cgo == nil {
			continue
		}
		i := slices.IndexFunc(groups, func(g []Image) bool {
			return g[0].Cgo.String() == img.Cgo.String() && reflect.DeepEqual(g[0].Cgo.Uses, img.Cgo.Uses)
		})
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], img)
	}
	return groups
}

// chainText names a package and the way to it.
func chainText(u analyze.CgoPackage) string {
	if len(u.Through) == 0 {
		return u.ImportPath
	}
	return u.ImportPath + " (imported through " + strings.Join(u.Through, " → ") + ")"
}

// maxReasons bounds a list in a message.
const maxReasons = 4

func shortList(list []string) string {
	if more := len(list) - maxReasons; more > 0 {
		list = append(slices.Clone(list[:maxReasons]), fmt.Sprintf("%d more", more))
	}
	return strings.Join(list, ", ")
}

// oddities reports what a build takes from dependencies that nobody reads: flags that reach beyond compiling, and machine code.
func (p *Plan) oddities(in Input) diag.List {
	var (
		list diag.List
		seen = map[string]bool{}
	)
	add := func(format string, args ...any) {
		if msg := fmt.Sprintf(format, args...); !seen[msg] {
			seen[msg] = true
			list.Addf(in.At("cgo"), "%s", msg)
		}
	}
	for _, img := range p.Images {
		for _, name := range img.Syso {
			add("%s is machine code that is linked as it is", name)
		}
		if img.Cgo == nil {
			continue
		}
		for _, u := range img.Cgo.Uses {
			if len(u.Odd) > 0 {
				add("%s has unusual flags in its #cgo lines: %s", u.ImportPath, strings.Join(u.Odd, " "))
			}
		}
	}
	return list
}
