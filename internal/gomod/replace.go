package gomod

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/diag"
)

// replacement is where a replace directive leads.
type replacement struct {
	diag.Range
	// to is another module, or has no version and the path of a folder, relative to the context's root.
	to module.Version
	// outside says that to is a folder which is not in the context.
	outside bool
}

// directives are the replacements of one file by what they replace: a version of a module, or without one every version.
type directives map[module.Version]replacement

// of gives the replacement of a module: one for the version goes before one for all of them.
func (d directives) of(m module.Version) (r replacement, forVersion, ok bool) {
	if r, ok := d[m]; ok {
		return r, true, true
	}
	r, ok = d[module.Version{Path: m.Path}]
	return r, false, ok
}

// replacer knows what replaces what, as replacementFrom of cmd/go/internal/modload does.
type replacer struct {
	own  map[string]bool
	work directives // its replacements have precedence
	mods []directives
}

// readReplaces reads the directives of every file. cmd/go refuses those that contradict each other, whether they are needed
// or not.
func (l *loader) readReplaces() *replacer {
	r := &replacer{own: map[string]bool{}}
	for _, m := range l.mods {
		r.own[m.Module.Mod.Path] = true
	}
	everywhere := map[string]bool{}
	if l.work != nil {
		r.work = l.directives(&l.work.text, l.root, l.work.Replace)
		for _, d := range l.work.Replace {
			everywhere[d.Old.Path] = true
			if r.own[d.Old.Path] && d.Old.Version == "" {
				l.errs.Addf(l.work.lineRange(d.Syntax), "go.work replaces %s, which is a module of the workspace", d.Old.Path).Help =
					"remove the line, or replace one version of the module"
			}
		}
	}
	first := directives{}
	for _, m := range l.mods {
		file := l.directives(&m.text, m.dir, m.Replace)
		r.mods = append(r.mods, file)
		for _, d := range m.Replace {
			here := file[d.Old]
			before, known := first[d.Old]
			switch {
			case !known:
				first[d.Old] = here
			case !everywhere[d.Old.Path] && before.File != here.File && before.to != here.to:
				l.errs = append(l.errs, l.conflict(d.Old, before, here))
				everywhere[d.Old.Path] = true // said once
			}
		}
	}
	return r
}

// directives reads the replacements of one file. Two for the same module that lead to different places are a mistake.
func (l *loader) directives(t *text, base string, list []*modfile.Replace) directives {
	found := directives{}
	for _, d := range list {
		r := replacement{Range: t.lineRange(d.Syntax), to: d.New}
		if d.New.Version == "" {
			dir, inside := insideContext(base, d.New.Path)
			if !inside {
				dir = d.New.Path
			}
			r.to.Path, r.outside = dir, !inside
		}
		if before, twice := found[d.Old]; twice && before.to != r.to {
			l.errs = append(l.errs, l.conflict(d.Old, before, r))
		}
		found[d.Old] = r
	}
	return found
}

func (l *loader) conflict(old module.Version, before, here replacement) *diag.Error {
	e := &diag.Error{Range: here.Range, Msg: fmt.Sprintf("conflicting replacements for %s: here %s, but %s in %s:%d",
		old, here.shown(), before.shown(), before.File, before.Start.Line)}
	e.Help = "keep one of the two"
	if l.work != nil {
		e.Help = fmt.Sprintf("choose for the workspace: go work edit -replace %s=%s", old, before.shown())
	}
	return e
}

// shown is the target as go.work writes it.
func (r replacement) shown() string {
	if r.to.Version != "" || r.outside {
		return r.to.String()
	}
	if r.to.Path == "." {
		return "./"
	}
	return "./" + r.to.Path
}

// of gives the replacement of a module that is in no workspace, if there is one. Where modules of a workspace replace
// different sets of versions, the last one that replaces this version counts.
func (r *replacer) of(m module.Version) (found replacement, ok bool) {
	if m.Version == "" && r.own[m.Path] {
		return found, false
	}
	if found, _, ok = r.work.of(m); ok {
		return found, true
	}
	for _, file := range r.mods {
		if here, _, replaced := file.of(m); replaced {
			found, ok = here, true
		}
	}
	return found, ok
}

// leading is the first line that puts a module of another path or version in place of one.
func (r *replacer) leading(m module.Version) (at diag.Range, ok bool) {
	for _, file := range slices.Concat([]directives{r.work}, r.mods) {
		for _, to := range file {
			if to.to == m && (!ok || to.Start.Line < at.Start.Line) {
				at, ok = to.Range, true
			}
		}
		if ok {
			break
		}
	}
	return at, ok
}

// folders gives every replacement that leads to a folder of the context, with an effect or not, in the order of paths and folders.
func (r *replacer) folders() []Module {
	var found []Module
	for _, file := range slices.Concat([]directives{r.work}, r.mods) {
		for old, to := range file {
			if to.to.Version == "" && !to.outside {
				found = append(found, Module{Path: old.Path, Dir: to.to.Path})
			}
		}
	}
	slices.SortFunc(found, func(a, b Module) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Dir, b.Dir)) })
	return found
}

// all are the replacements of every version of a module, those of each file in the order of versions.
func (r *replacer) all(modulePath string) []replacement {
	var found []replacement
	for _, file := range slices.Concat([]directives{r.work}, r.mods) {
		var versions []module.Version
		for old := range file {
			if old.Path == modulePath {
				versions = append(versions, old)
			}
		}
		slices.SortFunc(versions, func(a, b module.Version) int { return cmp.Compare(a.Version, b.Version) })
		for _, old := range versions {
			found = append(found, file[old])
		}
	}
	return found
}

// paths are those of the replaced modules that are not own ones, sorted.
func (r *replacer) paths() []string {
	found := map[string]bool{}
	for _, file := range slices.Concat([]directives{r.work}, r.mods) {
		for old := range file {
			if !r.own[old.Path] {
				found[old.Path] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// replaceDirs finds the folders that replacements lead to. Those of what an own module requires must be there, while one that is not
// needed may be missing.
func (l *loader) replaceDirs(facts *Facts) error {
	if facts.Vendor {
		return nil
	}
	var dirs []string
	for _, f := range l.replacer.folders() {
		dirs = append(dirs, f.Dir)
	}
	slices.Sort(dirs)
	for _, dir := range slices.Compact(dirs) {
		ok, err := exists(l.fsys, path.Join(dir, "go.mod"))
		if err != nil {
			return err
		}
		if ok {
			facts.ReplaceDirs = append(facts.ReplaceDirs, dir)
		}
	}
	for _, m := range l.required() {
		if to, ok := l.replacer.of(m); ok && to.to.Version == "" && !l.replacer.own[m.Path] {
			l.checkFolder(m.Path, to, facts.ReplaceDirs)
		}
	}
	return nil
}

// checkFolder has the context have the folder that replaces a module, among those that were found, sorted.
func (l *loader) checkFolder(modulePath string, r replacement, found []string) {
	_, there := slices.BinarySearch(found, r.to.Path)
	switch {
	case r.outside:
		l.errs.Addf(r.Range, "replacement directory %s is outside the context", r.to.Path).Help = l.contextHelp(modulePath, r) + l.outsideHelp(path.Dir(r.File), r.to.Path)
	case !there:
		l.want(r.to.Path)
		e := l.errs.Addf(r.Range, "replacement directory %s has no go.mod in the context", r.shown())
		e.Help, e.Missing = noModHelp, path.Join(r.to.Path, "go.mod")
	}
}

const noModHelp = "if the context is a module zip, which leaves out nested modules, use the repository; else check the path and .dockerignore"
