package gomod

import (
	"io/fs"
	"path"
	"slices"

	"golang.org/x/mod/modfile"

	"github.com/modship-build/modship/internal/diag"
)

// Need is a folder that a module is built of, and the line that says so; the file alone where that is in the folder.
type Need struct {
	diag.Range
	// Dir is relative to the root of the tree.
	Dir string
	// Module is the path of a module that is replaced by the folder, else "".
	Module string
}

// Reach says what the module in a folder is built of, in a tree that is larger than a build context: the folder of the go.work in
// force, the modules that this uses, and the folders that replace what is required. What is wrong in the files is not said: who builds
// from all these folders finds out.
type Reach struct {
	// Work is the path of the go.work in force, "" if there is none.
	Work  string
	Needs []Need
}

// ReachOf reads the module files of a module, or of a workspace. A go.work above that does not use the module is no reason to build of
// more than the module, although the go command refuses to: it counts if it is in the context all the same.
func ReachOf(fsys fs.FS, at Place) (Reach, error) {
	var reach Reach
	l := &loader{fsys: fsys, place: at, root: path.Clean(at.Module)}
	work, err := l.findWorkspace()
	if err != nil {
		return reach, err
	}
	if work != nil && l.usesModule(work) {
		reach.Work = work.name
		reach.Needs = append(reach.Needs, Need{Range: work.whole(), Dir: path.Dir(work.name)})
	} else {
		l.place.NoWork, l.root = true, path.Clean(at.Module)
	}
	if err := l.readFiles(); err != nil {
		return reach, err
	}
	reach.Needs = append(reach.Needs, l.used()...)
	if len(l.mods) == 0 {
		return reach, nil
	}
	replaced, err := l.replacedNeeds()
	reach.Needs = append(reach.Needs, replaced...)
	return reach, err
}

// usesModule tells whether a go.work counts for the module of the place. One that cannot be read does.
func (l *loader) usesModule(work *text) bool {
	file, err := modfile.ParseWork(work.name, work.data, nil)
	dir := path.Clean(l.place.Module)
	if err != nil || dir == l.root {
		return true
	}
	for _, use := range file.Use {
		if used, ok := insideContext(l.root, use.Path); ok && used == dir {
			return true
		}
	}
	return false
}

// used are the folders of the use lines.
func (l *loader) used() []Need {
	if l.work == nil {
		return nil
	}
	var needs []Need
	for _, use := range l.work.Use {
		if dir, ok := insideContext(l.root, use.Path); ok {
			needs = append(needs, Need{Range: l.work.lineRange(use.Syntax), Dir: dir})
		}
	}
	return needs
}

// replacedNeeds are the folders that replace what the own modules require. A folder vendor has them all.
func (l *loader) replacedNeeds() ([]Need, error) {
	facts := Facts{Table: Table{Work: l.work != nil}}
	if err := l.vendor(&facts); err != nil || facts.Vendor {
		return nil, err
	}
	l.replacer = l.readReplaces()
	var needs []Need
	for _, m := range l.required() {
		if r, ok := l.replacer.of(m); ok && !l.replacer.own[m.Path] {
			needs = r.addNeed(needs, m.Path)
		}
	}
	if slices.ContainsFunc(l.mods, func(m *modFile) bool { return !namesAll(m.File) }) { // what they require in turn may be replaced as well
		for _, p := range l.replacer.paths() {
			for _, r := range l.replacer.all(p) {
				if there, err := exists(l.fsys, path.Join(r.to.Path, "go.mod")); err == nil && there {
					needs = r.addNeed(needs, p)
				}
			}
		}
	}
	return needs, nil
}

func (r replacement) addNeed(needs []Need, module string) []Need {
	if r.to.Version != "" || r.outside {
		return needs
	}
	return append(needs, Need{Range: r.Range, Dir: r.to.Path, Module: module})
}
