package plan

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
)

// ScanRequest is what scan has to look for, of an input that has no Scan yet. cgo are those of the targets to scan with cgo, reached are
// packages of the module that its dependencies import.
func ScanRequest(in Input, cgo []target.Target, reached []string) scan.Request {
	return scan.Request{
		Modules:     ownModules(in.Facts),
		Others:      in.Facts.Others,
		Complete:    in.Facts.Complete,
		Unrequired:  in.Facts.Unrequired,
		Work:        in.Facts.Work,
		Vendor:      in.Facts.Vendor,
		Targets:     in.Targets,
		Tags:        buildTags(in.Config),
		Cgo:         cgo,
		Experiments: experiments(in.Config.Build.Env["GOEXPERIMENT"]),
		GoVersion:   cmp.Or(in.Go.Version, in.Facts.Language),
		Reached:     reached,
		Main:        in.Config.Main,
		Stamp:       slices.Sorted(maps.Keys(in.Config.Build.Stamp.Vars)),
	}
}

func experiments(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

func ownModules(facts *gomod.Facts) []scan.Module {
	var modules []scan.Module
	for _, m := range facts.Modules {
		modules = append(modules, scan.Module{Path: m.Path, Dir: m.Dir})
	}
	for _, r := range facts.LocalReplaces {
		modules = append(modules, scan.Module{Path: r.Module, Dir: r.Dir, Replaced: true})
	}
	return modules
}

// NewSource says what cmd/go needs of the module files. A module whose go line is older than 1.17, and a workspace, load the
// go.mod file of every dependency even if no package of it is imported (https://go.dev/ref/mod#graph-pruning), and their
// go.mod files do not name every module.
func NewSource(facts *gomod.Facts) Source {
	s := Source{
		Modules:  ownModules(facts),
		Work:     facts.Work,
		Vendor:   facts.Vendor,
		Download: !facts.Vendor,
		Graph:    facts.HasGraph(),
	}
	for _, m := range facts.Modules {
		s.Files = append(s.Files, path.Join(m.Dir, "go.mod"), path.Join(m.Dir, "go.sum"))
	}
	for _, dir := range facts.ReplaceDirs {
		s.Files = append(s.Files, path.Join(dir, "go.mod"))
	}
	if facts.Work {
		s.Files = append(s.Files, "go.work", "go.work.sum")
	}
	for _, name := range facts.Links {
		if name != "vendor" && path.Base(name) != "modules.txt" { // vendored packages are taken apart from these
			s.Files = append(s.Files, name)
		}
	}
	slices.Sort(s.Files)
	s.Files = slices.Compact(s.Files)
	return s
}
