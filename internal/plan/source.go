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
// packages of the module that its dependencies import, also are the programs of [Siblings].
func ScanRequest(in Input, cgo []target.Target, reached []string, also [][]string) scan.Request {
	return scan.Request{
		Table:       in.Facts.Table,
		Targets:     in.Targets,
		Tags:        buildTags(in.Config),
		Cgo:         cgo,
		Experiments: experiments(in.Config.Build.Env["GOEXPERIMENT"]),
		GoVersion:   cmp.Or(in.Go.Version, in.Facts.Language),
		Reached:     reached,
		Module:      in.Module,
		Main:        in.Config.Main.First(),
		Beside:      in.Config.Main.Beside(),
		Program:     in.Program,
		Also:        also,
		Stamp:       slices.Sorted(maps.Keys(in.Config.Build.Stamp.Vars)),
	}
}

func experiments(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

// NewSource says what cmd/go needs of the module files. A module whose go line is older than 1.17, and a workspace, load the
// go.mod file of every dependency even if no package of it is imported (https://go.dev/ref/mod#graph-pruning), and their
// go.mod files do not name every module.
func NewSource(facts *gomod.Facts) Source {
	s := Source{Table: facts.Table, Download: !facts.Vendor, Graph: facts.HasGraph(), Files: facts.SumFiles()}
	if s.Work {
		s.Files = append(s.Files, path.Join(s.Root, "go.work"))
	}
	for _, m := range s.Modules {
		if m.Own() {
			s.Files = append(s.Files, path.Join(m.Dir, "go.mod"))
		}
	}
	for _, dir := range facts.ReplaceDirs {
		s.Files = append(s.Files, path.Join(dir, "go.mod"))
	}
	for _, name := range facts.Links {
		if name != path.Join(s.Root, "vendor") && path.Base(name) != "modules.txt" { // vendored packages are taken apart from these
			s.Files = append(s.Files, name)
		}
	}
	slices.Sort(s.Files)
	s.Files = slices.Compact(s.Files)
	return s
}
