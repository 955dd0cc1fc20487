package depcheck

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// module is the import path of this module.
const module = "github.com/modship-build/modship"

// graph has the imports of every package of the module. Own packages are named by their path below the module, such as
// "internal/plan"; the root package would be ".".
type graph map[string][]string

// readGraph parses the import clauses of the Go files of fsys, the root of the module.
func readGraph(fsys fs.FS) (graph, error) {
	imports := map[string]map[string]bool{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return enter(fsys, name)
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			return fmt.Errorf("reading imports: %w", err)
		}
		dir := path.Dir(name)
		if imports[dir] == nil {
			imports[dir] = map[string]bool{}
		}
		for _, spec := range file.Imports {
			imp, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return fmt.Errorf("reading imports of %s: %w", name, err)
			}
			imports[dir][below(imp)] = true
		}
		return nil
	})
	g := graph{}
	for dir, set := range imports {
		g[dir] = slices.Sorted(maps.Keys(set))
	}
	return g, err
}

// enter skips what is not of this module: test data, hidden folders, and folders with a go.mod of their own.
func enter(fsys fs.FS, dir string) error {
	if dir == "." {
		return nil
	}
	base := path.Base(dir)
	_, err := fs.Stat(fsys, path.Join(dir, "go.mod"))
	if err == nil || base == "testdata" || base == "vendor" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return fs.SkipDir
	}
	return nil
}

// below names own packages by their path below the module.
func below(imp string) string {
	if imp == module {
		return "."
	}
	return strings.TrimPrefix(imp, module+"/")
}

// chain gives the shortest way by which from imports a package that matches one of the patterns, or nil.
func (g graph) chain(from string, patterns []string) []string {
	before := map[string]string{from: ""}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		for _, imp := range g[queue[0]] {
			if _, seen := before[imp]; seen {
				continue
			}
			before[imp] = queue[0]
			if matches(imp, patterns) {
				return trace(before, imp)
			}
			queue = append(queue, imp)
		}
	}
	return nil
}

// direct gives the first import of from that matches one of the patterns, as a chain.
func (g graph) direct(from string, patterns []string) []string {
	for _, imp := range g[from] {
		if matches(imp, patterns) {
			return []string{from, imp}
		}
	}
	return nil
}

func trace(before map[string]string, to string) []string {
	var chain []string
	for ; to != ""; to = before[to] {
		chain = append(chain, to)
	}
	slices.Reverse(chain)
	return chain
}

// matches tells whether a package is one of the patterns or below one.
func matches(pkg string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return pkg == p || strings.HasPrefix(pkg, p+"/") })
}
