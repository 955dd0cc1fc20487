package plan

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/diag"
)

// Warnings say what the user did not ask for, or what has no effect. Each has a place in the configuration.
func (a *Analyzed) Warnings(in Input) []*diag.Error {
	return slices.Concat(a.keptWarnings(in), a.partWarnings(in), debugWarnings(in), a.cgoWarnings(in))
}

func (a *Analyzed) cgoWarnings(in Input) diag.List {
	var warnings diag.List
	asked := !reflect.ValueOf(in.Config.Cgo).IsZero()
	switch {
	case !a.UsesCgo() && asked && in.Config.Cgo.Enabled != "off":
		warnings.Addf(in.At("cgo"), "cgo is configured, but no package outside of the standard library uses it").Help =
			"remove the settings, or set enabled: on"
	case a.UsesCgo() && !asked:
		w := warnings.Addf(in.At("cgo"), "%s", a.CgoReport())
		w.Help = "say in cgo: what you want, such as {libc: glibc, link: dynamic}"
		if way := a.withoutC(); way != "" {
			w.Help += "; " + way
		}
	}
	return append(warnings, a.oddities(in)...)
}

// oddities reports what a build takes from packages that nobody reads: flags that reach beyond compiling, machine code, and plugins that
// can never be opened.
func (a *Analyzed) oddities(in Input) diag.List {
	var (
		list diag.List
		seen = map[string]bool{}
	)
	add := func(help, format string, args ...any) {
		if msg := fmt.Sprintf(format, args...); !seen[msg] {
			seen[msg] = true
			list.Addf(in.At("cgo"), "%s", msg).Help = help
		}
	}
	for _, img := range a.Images {
		for _, name := range img.Syso {
			add("", "%s is machine code that is linked as it is", name)
		}
		for _, imp := range plugins(img.WithoutC) {
			help := ""
			if in.Config.Cgo.Enabled == "off" {
				help = "remove enabled: off to build with C"
			}
			add(help, "%s, and without C plugin.Open always fails", imp)
		}
		if img.Cgo == nil {
			continue
		}
		if img.Cgo.Link == LinkStatic {
			for _, imp := range plugins(img.Cgo.Uses) {
				add("use cgo: {libc: glibc, link: dynamic}", "%s, and plugin.Open always fails in a program that is linked statically", imp)
			}
		}
		for _, u := range img.Cgo.Uses {
			if odd := oddFlags(u); odd != "" {
				add("", "%s has unusual flags in its #cgo lines: %s", u.ImportPath, odd)
			}
		}
	}
	return list
}

// plugins says of each package that imports plugin that it does, and where.
func plugins(packages []ctoolchain.Use) []string {
	var found []string
	for _, u := range packages {
		for _, imp := range u.Std {
			if imp.Path == ctoolchain.Plugin {
				found = append(found, fmt.Sprintf("%s imports plugin (%s)", u, imp.Place))
			}
		}
	}
	return found
}

// oddFlags lists flags with their places.
func oddFlags(u ctoolchain.Use) string {
	var odd []string
	for _, f := range u.Flags {
		switch at := f.Place.String(); {
		case !ctoolchain.OddFlag(f.Flag):
		case at == "":
			odd = append(odd, f.Flag)
		default:
			odd = append(odd, fmt.Sprintf("%s (%s)", f.Flag, at))
		}
	}
	return strings.Join(odd, ", ")
}
