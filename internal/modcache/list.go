package modcache

import (
	"fmt"
	"go/version"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// completeSince is the language version from which on a go.mod file names every module that a build of its packages can
// need (https://go.dev/ref/mod#graph-pruning).
const completeSince = "go1.17"

// List reads the build list out of a go.mod file, sorted by path, and tells whether the file names all of it. Modules that
// a replace directive takes from a folder are not in the list.
func List(name string, gomod []byte) (list []Module, complete bool, err error) {
	f, err := modfile.Parse(name, gomod, nil)
	if err != nil {
		return nil, false, fmt.Errorf("reading %s: %w", name, err)
	}
	if f.Go == nil || version.Compare("go"+f.Go.Version, completeSince) < 0 {
		return nil, false, nil
	}
	for _, r := range f.Require {
		if from := replacement(f, r.Mod); from.Version != "" {
			list = append(list, Module{Path: r.Mod.Path, From: from})
		}
	}
	slices.SortFunc(list, func(a, b Module) int { return strings.Compare(a.Path, b.Path) })
	list = slices.CompactFunc(list, func(a, b Module) bool { return a == b })
	return list, !duplicate(list), nil
}

// duplicate tells whether a path is required twice: cmd/go has to choose then.
func duplicate(list []Module) bool {
	for i := 1; i < len(list); i++ {
		if list[i].Path == list[i-1].Path {
			return true
		}
	}
	return false
}

// replacement gives what m is replaced by, or m: a directive for the version goes before one for the path. A folder has no
// version.
func replacement(f *modfile.File, m module.Version) module.Version {
	from := m
	for _, r := range f.Replace {
		switch r.Old {
		case m:
			return r.New
		case module.Version{Path: m.Path}:
			from = r.New
		}
	}
	return from
}
