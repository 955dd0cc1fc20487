// Package gomod reads what go.mod, go.work, go.sum and vendor say about a build context, before any toolchain is known.
//
// Contract. [Load] gets the context as an [fs.FS], of which it reads only go.mod files, go.work and vendor/modules.txt, each
// bounded in size. [BuildList] is also given the go.mod files of other modules, and chooses among them. They follow cmd/go
// (https://go.dev/ref/mod): the same parser, the same choice of versions, and the same rules for what a workspace, a vendor
// directory and a replacement mean. They report as located [diag.Error]s, all at once, what no later step could explain: syntax
// errors, lines that the go command refuses without a place, and directories that a build needs but the context does not hold.
// What cmd/go itself explains well, such as an inconsistent vendor directory, is left to it.
package gomod

import (
	"go/version"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/diag"
)

// Facts are what the module files say. It is plain data; the positions beside it are reached through methods.
type Facts struct {
	// Modules are the own modules, those that a build may change: the one of the context's go.mod, or every use of go.work.
	Modules []Module `json:"modules"`
	// Work says that the context's root has a go.work.
	Work bool `json:"work,omitzero"`
	// Vendor says that cmd/go takes dependencies from the vendor directory by default: there is a vendor/modules.txt, made
	// for a workspace if and only if this is one, and the go line says 1.14 or later.
	Vendor bool `json:"vendor,omitzero"`
	// Language is the highest go line of go.work and the own modules, such as "1.22.0" or "1.19"; "1.16" when there is none,
	// as cmd/go assumes.
	Language string `json:"language"`
	// Toolchain is the name in the toolchain line, such as "go1.26.8"; "" when there is none or it says default. A workspace
	// has go.work's line, and like cmd/go no other.
	Toolchain string `json:"toolchain,omitzero"`
	// Complete says that Others has every module that a build can need. The files of one module name them all since Go 1.17
	// (https://go.dev/ref/mod#graph-pruning); else [BuildList] follows the requirements, and [Facts.Settle] says it here.
	Complete bool `json:"complete,omitzero"`
	// Others are the paths of the modules beside the own ones that can provide a package, sorted: what the own modules require,
	// and where that is not complete also what is replaced.
	Others []string `json:"others,omitzero"`
	// Unrequired are the paths of modules that are replaced and not required: they provide no package.
	Unrequired []string `json:"unrequired,omitzero"`
	// LocalReplaces are modules that come from a directory of the context: own code as well. Empty with Vendor, where cmd/go
	// takes the copies.
	LocalReplaces []Replace `json:"localReplaces,omitzero"`
	// ReplaceDirs are the folders with a go.mod that any replacement leads to: cmd/go may read these files even if the
	// replacement has no effect on the build.
	ReplaceDirs []string `json:"replaceDirs,omitzero"`
	// Links are symbolic links on the way to these files, and what they lead to, by paths without links.
	Links []string `json:"links,omitzero"`

	goLine, toolchainLine diag.Range
	requires              map[module.Version]diag.Range
	graph                 bool
	replaced              []string // paths, sorted
}

// Module is an own module.
type Module struct {
	Path string `json:"path"`
	// Dir is relative to the context's root and separated by slashes; "." is the root.
	Dir string `json:"dir"`
}

// Replace says that a module's code is in a directory.
type Replace struct {
	Module string `json:"module"`
	// Dir is relative to the context's root and separated by slashes.
	Dir string `json:"dir"`
}

// defaultLanguage is what cmd/go assumes without a go line; https://go.dev/ref/mod#go-mod-file-go.
const defaultLanguage = "1.16"

// Load reads the facts. Its error joins a [diag.Error] for each mistake in the files, or is a plain error if reading fails.
func Load(fsys fs.FS) (*Facts, error) {
	l := &loader{fsys: fsys}
	if err := l.readFiles(); err != nil {
		return nil, err
	}
	if err := l.errs.Bounded(); err != nil {
		return nil, err
	}
	facts := &Facts{Work: l.work != nil, Language: defaultLanguage, Complete: l.complete() || len(l.required()) == 0}
	facts.requires = l.requireLines()
	replacer := l.readReplaces()
	l.modules(facts, replacer)
	facts.graph = !facts.Complete
	l.versions(facts)
	l.checkVersions(facts)
	if err := l.vendor(facts); err != nil {
		return nil, err
	}
	if err := l.localReplaces(facts, replacer); err != nil {
		return nil, err
	}
	if err := l.errs.Bounded(); err != nil {
		return nil, err
	}
	return facts, nil
}

// loader holds the parsed files while facts are made of them.
type loader struct {
	fsys fs.FS
	work *workFile // nil without go.work
	mods []*modFile
	errs diag.List
}

// completeSince is the language version from which on a go.mod file names every module that a build of its packages can
// need (https://go.dev/ref/mod#graph-pruning).
const completeSince = "1.17"

// complete tells whether there are no requirements to follow.
func (l *loader) complete() bool { return l.work == nil && namesAll(l.mods[0].File) }

func namesAll(f *modfile.File) bool {
	return f.Go != nil && version.Compare("go"+f.Go.Version, "go"+completeSince) >= 0
}

func (l *loader) modules(facts *Facts, r *replacer) {
	others := map[string]bool{}
	for _, m := range l.mods {
		facts.Modules = append(facts.Modules, Module{Path: m.Module.Mod.Path, Dir: m.dir})
	}
	for _, m := range l.required() {
		others[m.Path] = true
	}
	facts.replaced = r.paths()
	if !facts.Complete {
		for _, p := range facts.replaced {
			others[p] = true
		}
	}
	maps.DeleteFunc(others, func(path string, _ bool) bool { return r.own[path] })
	facts.setOthers(slices.Sorted(maps.Keys(others)))
}

// setOthers sets Others, which are sorted, and with it Unrequired.
func (f *Facts) setOthers(paths []string) {
	f.Others, f.Unrequired = paths, nil
	for _, p := range f.replaced {
		if _, found := slices.BinarySearch(paths, p); !found {
			f.Unrequired = append(f.Unrequired, p)
		}
	}
}

// required gives what the own modules require, in the order of the files. What one of them excludes counts for none.
func (l *loader) required() []module.Version {
	excluded := l.excluded()
	var found []module.Version
	for _, m := range l.mods {
		for _, r := range m.Require {
			if !excluded[r.Mod] {
				found = append(found, r.Mod)
			}
		}
	}
	return found
}

// excluded are the exclude directives of all own modules: each of them is for all.
func (l *loader) excluded() map[module.Version]bool {
	found := map[module.Version]bool{}
	for _, m := range l.mods {
		for _, x := range m.Exclude {
			found[x.Mod] = true
		}
	}
	return found
}

// versions takes the go and toolchain lines together.
func (l *loader) versions(facts *Facts) {
	facts.goLine = l.root().whole()
	facts.toolchainLine = l.root().whole()
	for _, line := range l.goLines() {
		if facts.goLine.Start.Line == 0 || version.Compare("go"+line.version, "go"+facts.Language) > 0 {
			facts.Language, facts.goLine = line.version, line.Range
		}
	}
	toolchain := l.mods[0].Toolchain
	if l.work != nil {
		toolchain = l.work.Toolchain
	}
	if toolchain != nil {
		facts.toolchainLine = l.root().lineRange(toolchain.Syntax)
		if toolchain.Name != "default" && toolchain.Name != "local" {
			facts.Toolchain = toolchain.Name
		}
	}
}

type goLine struct {
	diag.Range
	version string
}

func (l *loader) goLines() []goLine {
	var lines []goLine
	if l.work != nil && l.work.Go != nil {
		lines = append(lines, goLine{l.work.lineRange(l.work.Go.Syntax), l.work.Go.Version})
	}
	for _, m := range l.mods {
		if m.Go != nil {
			lines = append(lines, goLine{m.lineRange(m.Go.Syntax), m.Go.Version})
		}
	}
	return lines
}

// root is the file that governs the build: go.work, else go.mod.
func (l *loader) root() *text {
	if l.work != nil {
		return &l.work.text
	}
	return &l.mods[0].text
}

// GoLine is where Language comes from; a range without position names the file that should have a go line.
func (f *Facts) GoLine() diag.Range { return f.goLine }

// ToolchainLine is where the toolchain line stands; a range without position names the file that would have it.
func (f *Facts) ToolchainLine() diag.Range { return f.toolchainLine }

// HasGraph says that the module files do not name every module, and that there are requirements to follow. It stays true when
// they have been followed.
func (f *Facts) HasGraph() bool { return f.graph && !f.Vendor }

// SumPlace is where a sum of a module is missed: the line that requires it, or else the file that has none.
func (f *Facts) SumPlace(m module.Version) diag.Range {
	if at, ok := f.requires[m]; ok {
		return at
	}
	return diag.Range{File: f.SumFiles()[0]}
}

// requireLines are the lines of the own modules that require others; of several the first.
func (l *loader) requireLines() map[module.Version]diag.Range {
	lines := map[module.Version]diag.Range{}
	for _, m := range l.mods {
		for _, r := range m.Require {
			if _, ok := lines[r.Mod]; !ok {
				lines[r.Mod] = m.lineRange(r.Syntax)
			}
		}
	}
	return lines
}

// SumFiles are the files that may hold the hashes of modules, whether they are there or not.
func (f *Facts) SumFiles() []string {
	var names []string
	if f.Work {
		names = append(names, "go.work.sum")
	}
	for _, m := range f.Modules {
		names = append(names, path.Join(m.Dir, "go.sum"))
	}
	return names
}

// ModuleOf gives the own module, or the replaced one, that the folder is in: of nested ones the innermost. dir is relative to
// the context's root, "." for the root itself. The zero Module says that there is none.
func (f *Facts) ModuleOf(dir string) Module {
	var found Module
	modules := slices.Clone(f.Modules)
	for _, r := range f.LocalReplaces {
		modules = append(modules, Module{Path: r.Module, Dir: r.Dir})
	}
	for _, m := range modules {
		inside := m.Dir == "." || dir == m.Dir || strings.HasPrefix(dir, m.Dir+"/")
		if inside && (found.Dir == "" || found.Dir == "." || len(m.Dir) > len(found.Dir)) {
			found = m
		}
	}
	return found
}
