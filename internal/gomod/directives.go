package gomod

import (
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/diag"
)

// Replace is a replace directive that may take effect.
type Replace struct {
	diag.Range
	Old, New module.Version
	// Folder says that New is a path of a folder, as it is written.
	Folder bool
	// Unused says why it has no effect, or is "".
	Unused string
}

// Replaces gives the replace directives of go.work and of the own modules in the order of the files, but for those that another file is
// known to win over: they are for builds without the workspace.
func (f *Facts) Replaces() []Replace {
	l := f.loader
	var found []Replace
	add := func(t *text, list []*modfile.Replace) {
		for _, d := range list {
			if l.replacer.own[d.Old.Path] || l.work != nil && t.name != l.work.name && l.replacedByWork(d.Old) {
				continue
			}
			found = append(found, Replace{t.lineRange(d.Syntax), d.Old, d.New, d.New.Version == "", f.unused(d)})
		}
	}
	if l.work != nil {
		add(&l.work.text, l.work.Replace)
	}
	for _, m := range l.mods {
		add(&m.text, m.Replace)
	}
	return found
}

func (l *loader) replacedByWork(m module.Version) bool {
	_, _, ok := l.replacer.work.of(m)
	return ok
}

// unused says why a directive has no effect. Without a complete list of the modules nobody knows.
func (f *Facts) unused(d *modfile.Replace) string {
	if d.New == d.Old {
		return "it replaces the version with itself"
	}
	if !f.Complete {
		return ""
	}
	for _, p := range f.Unrequired {
		if p == d.Old.Path {
			return "no module requires " + d.Old.Path
		}
	}
	if d.Old.Version == "" || f.Work {
		return ""
	}
	for _, m := range f.loader.required() {
		if m.Path == d.Old.Path && m.Version != d.Old.Version && !f.graph {
			return d.Old.Path + " is required as " + m.Version
		}
	}
	return ""
}

// Line is a line of a module file that names a version of a module.
type Line struct {
	diag.Range
	module.Version
}

// Excludes gives the exclude directives of the own modules.
func (f *Facts) Excludes() []Line {
	var found []Line
	for _, m := range f.loader.mods {
		for _, x := range m.Exclude {
			found = append(found, Line{m.lineRange(x.Syntax), x.Mod})
		}
	}
	return found
}

// Requires gives what the own modules require directly, or all that they require: each version once, without modules that are replaced or
// own ones.
func (f *Facts) Requires(direct bool) []Line {
	var found []Line
	seen := map[module.Version]bool{}
	for _, m := range f.loader.mods {
		for _, r := range m.Require {
			_, replaced := f.loader.replacer.of(r.Mod)
			if direct && r.Indirect || replaced || seen[r.Mod] || f.loader.replacer.own[r.Mod.Path] || f.loader.excluded()[r.Mod] {
				continue
			}
			seen[r.Mod] = true
			found = append(found, Line{m.lineRange(r.Syntax), r.Mod})
		}
	}
	return found
}

// Notice is what the authors of a module say of it to those who use it.
type Notice struct {
	// Deprecated is why the module is not to be used any more, Retracted why the version is not to be used; "" if that is not said.
	Deprecated string `json:"deprecated,omitempty"`
	Retracted  string `json:"retracted,omitempty"`
}

// noReason stands for a reason that nobody gave.
const noReason = "no reason is given"

// ReadNotice reads the go.mod file of the newest version of a module for what it says of another. The file may be of any version of Go:
// lines that are not known say nothing.
func ReadNotice(goMod []byte, version string) (n Notice, err error) {
	file, err := modfile.ParseLax("go.mod", goMod, nil)
	if err != nil || file.Module == nil {
		return n, err
	}
	n.Deprecated = file.Module.Deprecated
	for _, r := range file.Retract {
		if compare(r.Low, version) <= 0 && compare(version, r.High) <= 0 {
			if n.Retracted = r.Rationale; n.Retracted == "" {
				n.Retracted = noReason
			}
			break
		}
	}
	return n, nil
}
