package gomod

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

// Table says which modules there are and where each of them is. It is worked out here and nowhere else: a plan holds it, and requests
// tell it to the steps.
type Table struct {
	// Modules are the own ones in the order of the files, and then the others by their paths, each path once.
	Modules []Module `json:"modules"`
	// Complete says that no other module can provide a package. The files of one module name them all since Go 1.17
	// (https://go.dev/ref/mod#graph-pruning); else [Facts.BuildList] follows the requirements, and [Facts.Settle] says it here. Until
	// then Modules has those that the files name, whether needed or not, at the versions that they ask for.
	Complete bool `json:"complete,omitempty"`
	// Unrequired are the paths of modules that are replaced and not required: they provide no package.
	Unrequired []string `json:"unrequired,omitempty"`
	// Root is the folder of the context in which cmd/go works: that of go.work if one is in force, else of the module's go.mod; "" is the
	// context's own.
	Root string `json:"root,omitempty"`
	// Work says that the go.work file in Root is in force.
	Work bool `json:"work,omitempty"`
	// Vendor says that cmd/go takes dependencies from the directory vendor of Root by default: it has a modules.txt, made
	// for a workspace if and only if this is one, and the go line says 1.14 or later.
	Vendor bool `json:"vendor,omitempty"`
}

// Module is a module, and where its files are: in the folder Dir of the context, or, with a Version, elsewhere. One that is vendored has
// neither, nor has one of which it is not known yet.
type Module struct {
	// Path is what imports of its packages begin with.
	Path string `json:"path"`
	// Dir is relative to the context's root and separated by slashes; "." is the root.
	Dir string `json:"dir,omitempty"`
	// Replaced says that a replace directive leads to Dir. A module that has a Dir and is not replaced is an own one, of go.mod or
	// a use line.
	Replaced bool `json:"replaced,omitempty"`
	// Ignored are the ignore directives of an own module (https://go.dev/ref/mod#go-mod-file-ignore).
	Ignored []string `json:"ignored,omitempty"`
	// Version is the one that is chosen; From is another module that a replace directive leads to, and Version then that one's.
	Version string `json:"version,omitempty"`
	From    string `json:"from,omitempty"`
}

// Download is what has to be fetched of a module with a Version.
func (m Module) Download() module.Version {
	return module.Version{Path: cmp.Or(m.From, m.Path), Version: m.Version}
}

// Own tells whether it is a module that a build may change.
func (m Module) Own() bool { return m.Dir != "" && !m.Replaced }

// own are the modules that a build may change.
func (t Table) own() []Module {
	i := slices.IndexFunc(t.Modules, func(m Module) bool { return !m.Own() })
	if i < 0 {
		i = len(t.Modules)
	}
	return t.Modules[:i:i]
}

// InContext are the paths of the modules whose files are in the context.
func (t Table) InContext() []string {
	var paths []string
	for _, m := range t.Modules {
		if m.Dir != "" {
			paths = append(paths, m.Path)
		}
	}
	return paths
}

// Downloads are the modules that have to be fetched, each once.
func (t Table) Downloads() []module.Version {
	var list []module.Version
	for _, m := range t.Modules {
		if m.Version != "" {
			list = append(list, m.Download())
		}
	}
	slices.SortFunc(list, compareModules)
	return slices.Compact(list)
}

// Pinned is a module that has to be fetched, and the hashes that go.sum files have of its zip and of its go.mod file.
type Pinned struct {
	module.Version
	Zip []string `json:"zip,omitempty"`
	Mod []string `json:"mod,omitempty"`
}

// Pin gives the [Table.Downloads] with their hashes. In sums a go.mod file is the version with "/go.mod", as in go.sum.
func (t Table) Pin(sums map[module.Version][]string) []Pinned {
	hashes := func(m module.Version) []string {
		list := slices.Clone(sums[m]) // in which order the files have them says nothing
		slices.Sort(list)
		return slices.Compact(list)
	}
	var list []Pinned
	for _, m := range t.Downloads() {
		mod := module.Version{Path: m.Path, Version: m.Version + "/go.mod"}
		list = append(list, Pinned{Version: m, Zip: hashes(m), Mod: hashes(mod)})
	}
	return list
}

// SumFiles are the files that may hold the hashes of modules, whether they are there or not.
func (t Table) SumFiles() []string {
	var names []string
	if t.Work {
		names = append(names, path.Join(t.Root, "go.work.sum"))
	}
	for _, m := range t.own() {
		names = append(names, path.Join(m.Dir, "go.sum"))
	}
	return names
}

// ModuleOf gives the module of the context that a folder is in: of nested ones the innermost. dir is relative to the context's root,
// "." for the root itself. The zero Module says that there is none.
func (t Table) ModuleOf(dir string) Module {
	var found Module
	for _, m := range t.Modules {
		if m.Dir == "" {
			continue
		}
		_, inside := CutPath(dir, m.Dir)
		if (inside || m.Dir == ".") && (found.Dir == "" || found.Dir == "." || len(m.Dir) > len(found.Dir)) {
			found = m
		}
	}
	return found
}

// Providing gives the module that an import path belongs to by its path: of several the one with the longest. The zero Module says that
// there is none.
func (t Table) Providing(importPath string) Module {
	var found Module
	for _, m := range t.Modules {
		if _, ok := CutPath(importPath, m.Path); ok && len(m.Path) > len(found.Path) {
			found = m
		}
	}
	return found
}

// CutPath gives what is left of a path of slashes below another, "" for that path itself. It tells whether it is that or below.
func CutPath(p, above string) (rest string, ok bool) {
	if rest, ok = strings.CutPrefix(p, above); !ok || rest == "" {
		return "", ok
	}
	if rest[0] != '/' {
		return "", false
	}
	return rest[1:], true
}
