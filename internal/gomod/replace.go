package gomod

import (
	"cmp"
	"path"
	"slices"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/diag"
)

// replaces finds the modules that come from directories. A replacement that no own module requires is not read by cmd/go, so
// its directory may be missing; one of a module that is in the workspace has no effect.
func (l *loader) replaces(facts *Facts) error {
	if facts.Vendor {
		return nil
	}
	r := replacer{loader: l, facts: facts, own: map[string]bool{}, required: map[module.Version]bool{}, overridden: map[module.Version]bool{}}
	for _, m := range l.mods {
		r.own[m.Module.Mod.Path] = true
		for _, q := range m.Require {
			r.required[q.Mod] = true
			r.required[module.Version{Path: q.Mod.Path}] = true
		}
	}
	if l.work != nil {
		if err := r.file(&l.work.text, ".", l.work.Replace); err != nil {
			return err
		}
		for _, w := range l.work.Replace {
			r.overridden[w.Old] = true
		}
	}
	for _, m := range l.mods {
		if err := r.file(&m.text, m.dir, m.Replace); err != nil {
			return err
		}
	}
	slices.SortFunc(facts.LocalReplaces, func(a, b Replace) int {
		return cmp.Or(cmp.Compare(a.Module, b.Module), cmp.Compare(a.Dir, b.Dir))
	})
	facts.LocalReplaces = slices.Compact(facts.LocalReplaces)
	return nil
}

// replacer decides which replacements have an effect. The sets hold a module with and without its version, as a replacement
// may name it either way.
type replacer struct {
	*loader
	facts      *Facts
	own        map[string]bool
	required   map[module.Version]bool
	overridden map[module.Version]bool // by go.work, whose replacements have precedence
}

func (r *replacer) file(t *text, base string, replaces []*modfile.Replace) error {
	for _, d := range replaces {
		if d.New.Version != "" || r.own[d.Old.Path] || r.overridden[d.Old] || r.overridden[module.Version{Path: d.Old.Path}] {
			continue
		}
		if err := r.directory(t.lineRange(d.Syntax), base, d); err != nil {
			return err
		}
	}
	return nil
}

func (r *replacer) directory(at diag.Range, base string, d *modfile.Replace) error {
	needed := r.required[d.Old]
	dir, inside := insideContext(base, d.New.Path)
	if !inside {
		if needed {
			r.errs.Addf(at, "replacement directory %s is outside the context", d.New.Path).Help = outsideHelp
		}
		return nil
	}
	found, err := exists(r.fsys, path.Join(dir, "go.mod"))
	if err != nil {
		return err
	}
	if found {
		r.facts.LocalReplaces = append(r.facts.LocalReplaces, Replace{Module: d.Old.Path, Dir: dir})
	} else if needed {
		e := r.errs.Addf(at, "replacement directory %s has no go.mod in the context", d.New.Path)
		e.Help = "if the context is a module zip, which leaves out nested modules, use the repository; else check the path and .dockerignore"
	}
	return nil
}
