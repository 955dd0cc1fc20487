package plan

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/analyze"
)

// CgoReport says for which platforms C is compiled, how, and for which packages.
func (p *Plan) CgoReport() string {
	var parts []string
	for _, group := range p.cgoGroups() {
		img := group[0]
		var platforms []string
		for _, i := range group {
			platforms = append(platforms, i.Target.String())
		}
		parts = append(parts, fmt.Sprintf("%s: %s; it is compiled by %s for %s and linked %s%s",
			strings.Join(platforms, ", "), because(img), img.Cgo.Provider, img.Cgo.Libc, linkWord(img.Cgo.Link), p.librariesWord(img)))
	}
	return strings.Join(parts, "; ")
}

// because names the packages for which C is compiled.
func because(img Image) string {
	var reasons []string
	for _, u := range img.Cgo.Uses {
		reasons = append(reasons, chainText(u))
	}
	if len(reasons) == 0 {
		return "cgo is on"
	}
	return "C is needed by " + shortList(reasons)
}

// CgoHelp is for a compiler of C that cannot be had: why it is wanted, and how to do without.
func (p *Plan) CgoHelp() string {
	groups := p.cgoGroups()
	if len(groups) == 0 {
		return ""
	}
	return because(groups[0][0]) + "; cgo: {enabled: off} builds without C, if the packages allow that"
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
