// Package gomod reads what go.mod, go.work, go.sum and vendor say about a build context, before any toolchain is known.
//
// Contract. [Load] gets the context as an [fs.FS], of which it reads only go.mod files, go.work and vendor/modules.txt, each
// bounded in size, and asks whether go.sum files exist. It follows cmd/go (https://go.dev/ref/mod): the same parser, and the
// same rules for what a workspace, a vendor directory and a replacement mean. It reports as located [diag.Error]s, all at
// once, what no later step could explain: syntax errors, and directories that a build needs but the context does not hold.
// What cmd/go itself explains well, such as an inconsistent vendor directory or a go.sum entry that is missing, is left to it.
package gomod

import (
	"go/version"
	"io/fs"
	"maps"
	"slices"
	"strings"

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
	// Requires are the paths of the modules that the own modules require, sorted and each once.
	Requires []string `json:"requires,omitzero"`
	// LocalReplaces are required modules, or others, that come from a directory of the context: own code as well. Empty with
	// Vendor, where cmd/go takes the copies.
	LocalReplaces []Replace `json:"localReplaces,omitzero"`
	// HasSum says that an own module has a go.sum, or the workspace a go.work.sum.
	HasSum bool `json:"hasSum,omitzero"`

	goLine, toolchainLine diag.Range
	requireLines          map[string]diag.Range
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
	facts := &Facts{Work: l.work != nil, Language: defaultLanguage}
	l.modules(facts)
	l.versions(facts)
	for _, step := range []func(*Facts) error{l.vendor, l.sums, l.replaces} {
		if err := step(facts); err != nil {
			return nil, err
		}
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

func (l *loader) modules(facts *Facts) {
	facts.requireLines = map[string]diag.Range{}
	for _, m := range l.mods {
		facts.Modules = append(facts.Modules, Module{Path: m.Module.Mod.Path, Dir: m.dir})
		for _, r := range m.Require {
			if _, known := facts.requireLines[r.Mod.Path]; !known {
				facts.requireLines[r.Mod.Path] = m.lineRange(r.Syntax)
			}
		}
	}
	facts.Requires = slices.Sorted(maps.Keys(facts.requireLines))
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

// RequireLine is where an own module first requires a module; without position if none does.
func (f *Facts) RequireLine(module string) diag.Range {
	if r, ok := f.requireLines[module]; ok {
		return r
	}
	return diag.Range{File: f.goLine.File}
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
