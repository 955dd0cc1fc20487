package scan

import (
	"fmt"
	"path"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

// resolution says what an import stands for.
type resolution struct {
	kind  kind
	dir   string // of an own package
	fault fault  // what is wrong, without a place
}

type kind int

const (
	invalid kind = iota
	own
	std
	external
)

// resolve remembers, since commands and platforms share most of their imports.
func (s *survey) resolve(imp string) resolution {
	r, ok := s.resolved[imp]
	if !ok {
		r = s.look(imp)
		s.resolved[imp] = r
	}
	return r
}

// look follows importFromModules of cmd/go/internal/modload as far as the own modules go.
func (s *survey) look(imp string) resolution {
	if err := checkImport(imp); err != nil {
		return resolution{fault: fault{msg: err.Error()}}
	}
	places := s.modules.inside(imp)
	for _, p := range places {
		if _, found := s.modules.border(p); !found && s.tree.list(p.dir).goDir {
			return resolution{kind: own, dir: p.dir}
		}
	}
	for _, p := range places {
		s.tree.links.Want(p.dir)
	}
	first, _, _ := strings.Cut(imp, "/")
	unrequired := provider(s.modules.unrequired, imp)
	if len(places) == 0 && !strings.Contains(first, ".") && !s.modules.required(imp) && unrequired == "" {
		return resolution{kind: std}
	}
	r := resolution{kind: external}
	switch {
	case !s.modules.complete || s.modules.required(imp):
	case len(places) > 0:
		r.fault = s.missing(imp, places[0])
	case unrequired != "" && !strings.Contains(first, "."): // if it is not in the standard library
	case unrequired != "":
		r.fault = fault{msg: fmt.Sprintf("package %s is in module %s, which is replaced but not required", imp, unrequired), help: "run: go get " + imp}
	case s.request.Vendor && s.tree.list(path.Join(s.vendorDir(), imp)).goDir: // before Go 1.23 nothing need name its module
	default:
		r.fault = s.unprovided(imp)
	}
	return r
}

// unprovided says that no go.mod file leads to a module that could have the package.
func (s *survey) unprovided(imp string) fault {
	f := fault{msg: fmt.Sprintf("no required module provides package %s", imp), help: "run: go get " + imp}
	switch {
	case s.request.Work && s.request.Vendor:
		f.help += " in the module that imports it, and go work vendor"
	case s.request.Work:
		f.help += " in the module that imports it"
	case s.request.Vendor:
		f.help += " && go mod vendor"
	}
	return f
}

// missing says that an own module lacks a package which nothing else can provide.
func (s *survey) missing(imp string, p place) fault {
	if border, found := s.modules.border(p); found {
		return fault{
			msg:  fmt.Sprintf("package %s is in another module, that of %s", imp, path.Join(border, "go.mod")),
			help: "require and replace it in go.mod, or use it in go.work",
		}
	}
	return fault{
		msg:  fmt.Sprintf("package %s is not in module %s: there are no Go files in %s", imp, p.Path, p.dir),
		help: diag.Suggest(path.Base(p.dir), s.tree.list(path.Dir(p.dir)).dirs), missing: p.dir,
	}
}
