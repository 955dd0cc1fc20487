// Package gomod reads what go.mod, go.work, go.sum and vendor say about a build context, before any toolchain is known.
//
// Contract. [Load] gets the context as an [fs.FS], of which it reads only go.mod files, go.work and vendor/modules.txt, each
// bounded in size. [Facts.BuildList] is also given the go.mod files of other modules, and chooses among them. They follow cmd/go
// (https://go.dev/ref/mod): the same parser, the same choice of versions, and the same rules for what a workspace, a vendor
// directory and a replacement mean. They report as located [diag.Error]s, all at once, what no later step could explain: syntax
// errors, lines that the go command refuses without a place, and directories that a build needs but the context does not hold.
// What cmd/go itself explains well, such as an inconsistent vendor directory, is left to it.
package gomod

import (
	"bytes"
	"cmp"
	"fmt"
	"go/version"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/diag"
)

// Facts are what the module files say. It is plain data; the positions beside it are reached through methods.
type Facts struct {
	Table
	// Language is the highest go line of go.work and the own modules, such as "1.22.0" or "1.19"; "1.16" when there is none,
	// as cmd/go assumes.
	Language string `json:"language"`
	// Toolchain is the name in the toolchain line, such as "go1.26.8"; "" when there is none or it says default. A workspace
	// has go.work's line, and like cmd/go no other.
	Toolchain string `json:"toolchain,omitzero"`
	// ReplaceDirs are the folders with a go.mod that any replacement leads to: cmd/go may read these files even if the
	// replacement has no effect on the build.
	ReplaceDirs []string `json:"replaceDirs,omitzero"`
	// Links are symbolic links on the way to these files, and what they lead to, by paths without links.
	Links []string `json:"links,omitzero"`

	goLine, toolchainLine diag.Range
	requires              map[module.Version]diag.Range
	graph                 bool
	loader                *loader
}

// defaultLanguage is what cmd/go assumes without a go line; https://go.dev/ref/mod#go-mod-file-go.
const defaultLanguage = "1.16"

// Place says where in the context the module is that is built.
type Place struct {
	// Module is the folder of its go.mod, relative to the context's root and separated by slashes; "" is the root.
	Module string
	// NoWork says that no go.work counts, as GOWORK=off does.
	NoWork bool
	// Context is the folder of the tree that the user knows as the context, "" for the tree itself: advice counts from there.
	Context string
	// Alone says that a folder outside of the context cannot be given as another one, so that nobody is advised to.
	Alone bool
	// Shown is the path by which the user reaches the context, with slashes, and what advice then begins its paths with; "" if it is not known.
	Shown string
}

// Load reads the facts of a context whose root is the module or the workspace. Its error is that of [LoadAt].
func Load(fsys fs.FS) (*Facts, error) { return LoadAt(fsys, Place{}) }

// LoadAt reads the facts of the module in a folder of the context. As in cmd/go, the go.work of that folder or of the nearest one above
// it is in force, and no module above or below is a part of it. Its error joins a [diag.Error] for each mistake in the files, or is a plain
// error if reading fails.
func LoadAt(fsys fs.FS, at Place) (*Facts, error) {
	l := &loader{fsys: fsys, place: at, root: path.Clean(at.Module)}
	if err := l.readFiles(); err != nil {
		return nil, err
	}
	if err := l.errs.Bounded(); err != nil {
		return nil, err
	}
	facts := &Facts{Language: defaultLanguage, loader: l}
	if l.root != "." {
		facts.Root = l.root
	}
	facts.Work, facts.Complete = l.work != nil, l.complete() || len(l.required()) == 0
	facts.requires, facts.graph = l.requireLines(), !facts.Complete
	l.replacer = l.readReplaces()
	l.versions(facts)
	l.checkVersions(facts)
	if err := l.vendor(facts); err != nil {
		return nil, err
	}
	if err := l.replaceDirs(facts); err != nil {
		return nil, err
	}
	named := newGraph(l, nil)
	named.require(l.required())
	facts.setModules(l.own(), named.list())
	if err := l.errs.Bounded(); err != nil {
		return nil, err
	}
	return facts, nil
}

// loader holds the parsed files that facts are made of.
type loader struct {
	fsys  fs.FS
	place Place
	// root is the folder of go.work if that is in force, else of the module's go.mod.
	root string
	work *workFile // nil without go.work
	mods []*modFile
	errs diag.List
	// replacer is set once the files are read.
	replacer *replacer
}

// completeSince is the language version from which on a go.mod file names every module that a build of its packages can
// need (https://go.dev/ref/mod#graph-pruning).
const completeSince = "1.17"

// complete tells whether there are no requirements to follow.
func (l *loader) complete() bool { return l.work == nil && namesAll(l.mods[0].File) }

func namesAll(f *modfile.File) bool {
	return f.Go != nil && version.Compare("go"+f.Go.Version, "go"+completeSince) >= 0
}

func (l *loader) own() []Module {
	var found []Module
	for _, m := range l.mods {
		own := Module{Path: m.Module.Mod.Path, Dir: m.dir}
		for _, i := range m.Ignore {
			own.Ignored = append(own.Ignored, i.Path)
		}
		found = append(found, own)
	}
	return found
}

// setModules sets the modules, of which others are those beside the own ones. What is replaced and not among them may be needed all the
// same, until it is known.
func (f *Facts) setModules(own, others []Module) {
	f.Unrequired = nil
	dirs, known, taken := f.folders(), map[string]bool{}, map[string]bool{}
	for _, m := range slices.Concat(own, others) {
		known[m.Path], taken[m.Dir] = true, true
	}
	for _, p := range f.loader.replacer.paths() {
		switch {
		case known[p]:
		case f.Complete:
			f.Unrequired = append(f.Unrequired, p)
		case dirs[p] == "" || taken[dirs[p]]: // a folder is one module to a build
			others = append(others, Module{Path: p})
		default:
			others = append(others, Module{Path: p, Dir: dirs[p], Replaced: true})
			taken[dirs[p]] = true
		}
	}
	if f.Vendor {
		for i, m := range others {
			others[i] = Module{Path: m.Path}
		}
	}
	slices.SortFunc(others, func(a, b Module) int { return cmp.Compare(a.Path, b.Path) })
	f.Modules = slices.Concat(own, others)
}

// folders gives for each module that some version of is replaced by a folder that is there, the first.
func (f *Facts) folders() map[string]string {
	dirs := map[string]string{}
	for _, r := range f.loader.replacer.folders() {
		if _, there := slices.BinarySearch(f.ReplaceDirs, r.Dir); there && dirs[r.Path] == "" {
			dirs[r.Path] = r.Dir
		}
	}
	return dirs
}

// Settle adds to facts that were not complete what the build list says.
func (f *Facts) Settle(list []Module) {
	f.Complete = true
	f.setModules(f.own(), list)
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
	facts.goLine = l.governing().whole()
	facts.toolchainLine = l.governing().whole()
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
		facts.toolchainLine = l.governing().lineRange(toolchain.Syntax)
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

// governing is the file that governs the build: go.work, else go.mod.
func (l *loader) governing() *text {
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

// SumPlace is where a sum of a module is missed: the line that wants the module, or else the file that has none.
func (f *Facts) SumPlace(m module.Version) diag.Range {
	if at, ok := f.wanted(m); ok {
		return at
	}
	return diag.Range{File: f.SumFiles()[0]}
}

// WorkReplace is the command that has go.work put the folder of a module that it uses in place of a version which a go.mod requires of it, "" for any
// other module. The go command too asks for the go.mod of that version, and nobody need have published it.
func (f *Facts) WorkReplace(m module.Version) string {
	l := f.loader
	if l.work == nil || m.Version == "" {
		return ""
	}
	for _, own := range l.mods {
		if own.Module.Mod.Path == m.Path {
			return fmt.Sprintf("go work edit -replace %s=%s", m, replacement{to: module.Version{Path: relative(l.root, own.dir)}}.shown())
		}
	}
	return ""
}

// FetchPlace is where it stands that a module is fetched: the line that wants it, or else its line in a go.sum file. It is the zero
// Range if no file has such a line. What was made of the facts by [Facts.Settle] plays no part.
func (f *Facts) FetchPlace(m module.Version) diag.Range {
	if at, ok := f.wanted(m); ok {
		return at
	}
	return f.loader.sumLine(m)
}

// wanted is the line of an own module or of go.work that requires a module, or puts it in place of another.
func (f *Facts) wanted(m module.Version) (diag.Range, bool) {
	if at, ok := f.requires[m]; ok {
		return at, true
	}
	return f.loader.replacer.leading(m)
}

// sumLine is the first line of the go.sum files with a sum of a module. A file that cannot be read has none.
func (l *loader) sumLine(m module.Version) diag.Range {
	own := Table{Root: l.root, Work: l.work != nil, Modules: l.own()}
	for _, name := range own.SumFiles() {
		text, err := fs.ReadFile(l.fsys, name)
		if err != nil {
			continue // it need not be there
		}
		number := 0
		for line := range bytes.Lines(text) {
			number++
			if f := strings.Fields(string(line)); len(f) == 3 && f[0] == m.Path && strings.TrimSuffix(f[1], "/go.mod") == m.Version {
				at := diag.Pos{Line: number, Col: 1}
				return diag.Range{File: name, Start: at, End: at}
			}
		}
	}
	return diag.Range{}
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
