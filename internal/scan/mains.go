package scan

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/gomod"
)

// listMains finds the commands of all own modules except replaced ones, or of the one that the request names.
func (s *survey) listMains() {
	var dirs []string
	one := s.isModule(s.request.Module) // or it is a workspace without a module of its own
	for _, o := range s.modules.own {
		if o.Replaced || one && o.Dir != s.request.Module {
			continue
		}
		found, looked := s.walk(o)
		dirs = append(dirs, found...)
		s.result.Looked += looked
	}
	slices.Sort(dirs)
	parallel(dirs, func(_ int, dir string) { s.loader.load(dir) })
	for _, dir := range dirs {
		s.addMain(dir)
	}
}

// isModule tells whether a folder has an own module.
func (s *survey) isModule(dir string) bool {
	return slices.ContainsFunc(s.modules.own, func(o gomod.Module) bool { return o.Dir == dir && !o.Replaced })
}

// walk gives the directories of a module in which some file says package main, whatever its constraints, and the number of
// directories with Go files. It goes where ./... goes, level by level.
func (s *survey) walk(o gomod.Module) (mains []string, looked int) {
	for level := []string{o.Dir}; len(level) > 0; {
		isMain := make([]bool, len(level))
		parallel(level, func(i int, dir string) {
			if l := s.tree.list(dir); dir == o.Dir || !l.module {
				isMain[i] = s.buildable(dir) && s.maybeMain(l)
			}
		})
		var next []string
		for i, dir := range level {
			l := s.tree.list(dir)
			if l.module && dir != o.Dir {
				continue
			}
			if isMain[i] {
				mains = append(mains, dir)
			}
			if len(l.files) > 0 && l.goDir {
				looked++
			}
			for _, name := range l.dirs {
				if sub := path.Join(dir, name); !hidden(name) && !ignores(o, sub) {
					next = append(next, sub)
				}
			}
		}
		level = next
	}
	return mains, looked
}

// hidden directories are not matched by ./..., see go help packages.
func hidden(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "vendor"
}

// buildable says that cmd/go accepts the import path of a directory.
func (s *survey) buildable(dir string) bool {
	return module.CheckImportPath(s.modules.importPath(dir)) == nil
}

// maybeMain takes what cannot be read for a command: go/build then says what is wrong with it.
func (s *survey) maybeMain(l *listing) bool {
	return l.err != nil || slices.ContainsFunc(l.files, func(f *source) bool {
		if path.Ext(f.name) != ".go" {
			return false
		}
		name, err := f.packageName(s.tree)
		return name == "main" || err != nil
	})
}

// addMain puts a directory into the result if it is a command on some target.
func (s *survey) addMain(dir string) (Main, bool) {
	importPath := s.modules.importPath(dir)
	m := Main{ImportPath: importPath, Dir: dir, Name: binaryName(importPath)}
	nothing := true
	for i, p := range s.loader.load(dir) {
		if p.name == "main" {
			m.Targets = append(m.Targets, s.platforms[i].name)
		}
		nothing = nothing && p.name == "" && len(p.faults) == 0
		for _, f := range p.faults {
			s.found.add(LevelWarning, f, s.platforms[i].name)
		}
	}
	if len(m.Targets) == 0 {
		if nothing {
			s.result.Excluded = append(s.result.Excluded, dir)
		}
		return m, false
	}
	i, found := slices.BinarySearchFunc(s.result.Mains, dir, func(m Main, dir string) int { return cmp.Compare(m.Dir, dir) })
	if !found {
		s.result.Mains = slices.Insert(s.result.Mains, i, m)
	}
	return m, true
}

// binaryName is exeFromImportPath of cmd/go/internal/load: the last element, or the one before a major version.
func binaryName(importPath string) string {
	dir, elem := path.Split(importPath)
	if dir != "" && isMajor(elem) {
		return path.Base(dir)
	}
	return elem
}

// isMajor says that elem is v2 or higher.
func isMajor(elem string) bool {
	digits, ok := strings.CutPrefix(elem, "v")
	return ok && digits != "" && digits[0] != '0' && digits != "1" && strings.Trim(digits, "0123456789") == ""
}

// askedMains are the commands to follow: all, or those of the request. If one is none, the result says why.
func (s *survey) askedMains() []Main {
	if s.request.Program != "" {
		if m, ok := s.result.Named(s.request.Program); ok {
			return []Main{m}
		}
		return nil
	}
	if s.request.Main == "" {
		return slices.Clone(s.result.Mains)
	}
	var found []Main
	for _, asked := range append([]string{s.request.Main}, s.request.Beside...) {
		m, err := s.askedMain(asked)
		if err != nil {
			s.result.Missed = append(s.result.Missed, Miss{Main: asked, Reason: err.Error()})
			continue
		}
		found = append(found, m)
	}
	return found
}

func (s *survey) askedMain(asked string) (Main, error) {
	dir, err := s.askedDir(asked)
	if err != nil {
		return Main{}, err
	}
	excluded := len(s.result.Excluded)
	m, ok := s.addMain(dir)
	s.result.Excluded = s.result.Excluded[:excluded]
	if ok {
		return m, nil
	}
	for _, p := range s.loader.load(dir) {
		if p.name != "" {
			return Main{}, fmt.Errorf("%s is package %s, not main", asked, p.name)
		}
	}
	return Main{}, fmt.Errorf("build constraints exclude all Go files of %s on every target%s", asked, s.withoutCgo())
}

func (s *survey) withoutCgo() string {
	if len(s.request.Cgo) > 0 {
		return ""
	}
	return ` (cgo is off, which excludes those that import "C")`
}
