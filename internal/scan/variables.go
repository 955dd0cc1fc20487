package scan

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

// Unstampable says why the linker cannot set a variable of [Request.Stamp].
type Unstampable struct {
	// Name is as in the request.
	Name string `json:"name"`
	// Reason and Help are as Msg and Help of [diag.Error].
	Reason string `json:"reason"`
	Help   string `json:"help,omitempty"`
	// Absent says that the program has no variable of this name, and no constant.
	Absent bool `json:"absent,omitempty"`
}

// CannotStamp tells whether the linker cannot set a variable of [Request.Stamp] in the command.
func (i Image) CannotStamp(name string) bool {
	return slices.ContainsFunc(i.Unstampable, func(u Unstampable) bool { return u.Name == name })
}

// Kept is a well-known variable that the linker could set, and which has a value of its own already.
type Kept struct {
	// Name is that of the variable, Value what it has.
	Name  string `json:"name"`
	Value string `json:"value"`
	// File is relative to the root of the context; Line and Col are those of the name.
	File string `json:"file"`
	Line int    `json:"line"`
	Col  int    `json:"col"`
}

// wellKnownVars gives the well-known variables of a package main that the linker is certain to be able to set: those that wait for it,
// sorted, and those that have a value which is more than a placeholder.
func (s *survey) wellKnownVars(p Package) (names []string, kept []Kept) {
	declared := s.declarations(p)
	for _, name := range slices.Sorted(maps.Keys(declared.vars)) {
		if _, ok := WellKnown(name); !ok {
			continue
		}
		if problem, certain := declared.check(name); problem != nil || !certain {
			continue
		}
		value, known := declared.initial(name)
		if !known {
			value = "…" // something, and long, or made by a conversion
		} else if Placeholder(value) {
			names = append(names, name)
			continue
		}
		at := declared.vars[name].at
		kept = append(kept, Kept{Name: name, Value: value, File: path.Join(p.Dir, at.Filename), Line: at.Line, Col: at.Column})
	}
	return names, kept
}

// unstampable goes through the names of the request; packages are what a command reaches.
func (s *survey) unstampable(main Main, packages map[string]Package) []Unstampable {
	var all []Unstampable
	for _, asked := range s.request.Stamp {
		if dot := strings.LastIndexByte(asked, '.'); dot >= 0 {
			if e, absent := s.checkStamp(main, packages, asked[:dot], asked[dot+1:]); e != nil {
				all = append(all, Unstampable{Name: asked, Reason: e.Msg, Help: e.Help, Absent: absent})
			}
		}
	}
	return all
}

// checkStamp returns what is wrong with a variable, and whether that is that there is none; nil also for one of another module, whose source is
// not here.
func (s *survey) checkStamp(main Main, packages map[string]Package, importPath, name string) (problem *diag.Error, absent bool) {
	if importPath == main.ImportPath && importPath != "main" {
		return &diag.Error{Msg: "the linker knows the package of the program as main", Help: "write main." + name}, false
	}
	if importPath == "main" {
		importPath = main.ImportPath
	}
	p, reached := packages[importPath]
	if !reached {
		return s.whyNotReached(importPath), true
	}
	declared := s.declarations(p)
	problem, _ = declared.check(name)
	return problem, !declared.holds(name)
}

func (s *survey) whyNotReached(importPath string) *diag.Error {
	switch s.resolve(importPath).kind {
	case std:
		return &diag.Error{Msg: fmt.Sprintf("package %s belongs to the standard library", importPath)}
	case own:
		return &diag.Error{Msg: fmt.Sprintf("the program does not import package %s", importPath)}
	}
	return nil
}
