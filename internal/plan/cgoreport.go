package plan

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/ctoolchain"
)

// CgoReport says for which platforms C is compiled, how, and for which packages.
func (a *Analyzed) CgoReport() string {
	var parts []string
	for _, group := range a.cgoGroups() {
		img := group[0]
		var platforms []string
		for _, i := range group {
			platforms = append(platforms, i.Target.String())
		}
		parts = append(parts, fmt.Sprintf("%s: %s; it is compiled by %s for %s and linked %s%s",
			strings.Join(platforms, ", "), a.because(img), img.Cgo.Provider, img.Cgo.Libc, linkWord(img.Cgo.Link), a.librariesWord(img)))
	}
	return strings.Join(parts, "; ")
}

// because names the packages for which C is compiled, or the setting.
func (a *Analyzed) because(img Image) string {
	var reasons []string
	if UsesBoring(a.Flags.Env) {
		reasons = append(reasons, "GOEXPERIMENT=boringcrypto")
	}
	for _, u := range img.Cgo.Uses {
		reason := u.String()
		if len(u.Std) > 0 {
			reason += ", which imports " + u.Std[0].Path
		}
		reasons = append(reasons, reason)
	}
	if len(reasons) == 0 {
		return "cgo is on"
	}
	return "C is needed by " + shortList(reasons)
}

// CgoHelp is for a compiler of C that cannot be had: why it is wanted, and how to do without.
func (a *Analyzed) CgoHelp() string {
	groups := a.cgoGroups()
	if len(groups) == 0 {
		return ""
	}
	help := a.because(groups[0][0])
	if way := a.withoutC(); way != "" {
		help += "; cgo: " + way
	}
	return help
}

// withoutC says how to build without C, as far as that is known to be possible, or is "".
func (a *Analyzed) withoutC() string {
	sure := true
	for _, img := range a.Images {
		if img.Cgo == nil {
			continue
		}
		if !a.mayDoWithoutC(img) {
			return ""
		}
		sure = sure && a.OptionalC(img)
	}
	if sure {
		return "{enabled: off} builds without C"
	}
	return "{enabled: off} builds without C, if the packages allow that"
}

// mayDoWithoutC tells whether nothing is known that needs C.
func (a *Analyzed) mayDoWithoutC(img Image) bool {
	return !UsesBoring(a.Flags.Env) && !slices.ContainsFunc(img.Cgo.Uses, onlyWithC)
}

// onlyWithC tells whether a package is nothing without C.
func onlyWithC(u ctoolchain.Use) bool {
	return u.Only || slices.ContainsFunc(u.Std, func(i ctoolchain.Import) bool { return i.Path == ctoolchain.RuntimeCgo })
}

// OptionalC tells whether C is compiled only for packages of other modules which have files in its place.
func (a *Analyzed) OptionalC(img Image) bool {
	return img.Cgo != nil && a.mayDoWithoutC(img) && !img.Cgo.Own && len(img.Cgo.Uses) > 0 &&
		!slices.ContainsFunc(img.Cgo.Uses, func(u ctoolchain.Use) bool { return !u.Stub })
}

func linkWord(link string) string {
	return map[string]string{LinkStatic: "statically", LinkDynamic: "dynamically"}[link]
}

func (a *Analyzed) librariesWord(img Image) string {
	if a.CopiesLibraries(img) && img.Cgo.Link == LinkDynamic {
		return ", and the image gets the libraries"
	}
	return ""
}

// cgoGroups puts images together of which the report says the same.
func (a *Analyzed) cgoGroups() [][]Image {
	var groups [][]Image
	for _, img := range a.Images {
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

// maxReasons bounds a list in a message.
const maxReasons = 4

func shortList(list []string) string {
	if more := len(list) - maxReasons; more > 0 {
		list = append(slices.Clone(list[:maxReasons]), fmt.Sprintf("%d more", more))
	}
	return strings.Join(list, ", ")
}
