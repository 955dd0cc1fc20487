package scan

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/gomod"
)

// modules are the table as a scan looks into it.
type modules struct {
	tree *tree
	// own are those in the context, sorted by path, longest first.
	own []gomod.Module
	// others are the paths of the modules that are not the build's own, complete says that there can be no more.
	others   map[string]bool
	complete bool
	// unrequired are the paths of modules that are replaced for nothing.
	unrequired map[string]bool
}

func newModules(t *tree, table gomod.Table) (*modules, error) {
	m := &modules{tree: t, others: map[string]bool{}, unrequired: map[string]bool{}, complete: table.Complete}
	for _, mod := range table.Modules {
		if !mod.Own() {
			m.others[mod.Path] = true
		}
		if mod.Dir == "" {
			continue
		}
		if err := m.add(mod); err != nil {
			return nil, fmt.Errorf("module %s: %w", mod.Path, err)
		}
	}
	for _, p := range table.Unrequired {
		m.unrequired[p] = true
	}
	if len(m.own) == 0 {
		return nil, fmt.Errorf("no module to scan")
	}
	slices.SortStableFunc(m.own, func(a, b gomod.Module) int {
		return cmp.Or(cmp.Compare(len(b.Path), len(a.Path)), cmp.Compare(a.Path, b.Path))
	})
	return m, nil
}

func (m *modules) add(mod gomod.Module) error {
	if !fs.ValidPath(mod.Dir) {
		return fmt.Errorf("directory %q is not below the root of the context", mod.Dir)
	}
	if slices.ContainsFunc(m.own, func(o gomod.Module) bool { return o.Path == mod.Path || o.Dir == mod.Dir }) {
		return fmt.Errorf("path or directory %s is named twice", mod.Dir)
	}
	m.own = append(m.own, mod)
	return nil
}

// ignores says that ./... leaves out a directory of the module, as IgnorePatterns of cmd/go/internal/search does.
func ignores(o gomod.Module, dir string) bool {
	rel := "/" + relative(o.Dir, dir) + "/"
	return slices.ContainsFunc(o.Ignored, func(pattern string) bool {
		pattern, rooted := strings.CutPrefix(pattern, "./")
		pattern = "/" + strings.Trim(pattern, "/") + "/"
		if rooted {
			return strings.HasPrefix(rel, pattern)
		}
		return strings.Contains(rel, pattern)
	})
}

// importPath names a directory, or is "" for one that is in no own module: not below one, or below a go.mod file in between.
func (m *modules) importPath(dir string) string {
	for d := dir; ; d = path.Dir(d) {
		if i := slices.IndexFunc(m.own, func(o gomod.Module) bool { return o.Dir == d }); i >= 0 {
			return path.Join(m.own[i].Path, relative(d, dir))
		}
		if d == "." || m.tree.list(d).module {
			return ""
		}
	}
}

// inside gives the directories that an import path may stand for: one for each own module whose path is a prefix, the
// longest first.
func (m *modules) inside(importPath string) []place {
	var places []place
	for _, o := range m.own {
		if rest, ok := gomod.CutPath(importPath, o.Path); ok {
			places = append(places, place{o, path.Join(o.Dir, rest)})
		}
	}
	return places
}

// place is a directory as part of an own module.
type place struct {
	gomod.Module
	dir string
}

// border finds the go.mod file that makes a place another module's, if there is one.
func (m *modules) border(p place) (dir string, found bool) {
	for d := p.dir; d != p.Dir && d != "."; d = path.Dir(d) {
		if m.tree.list(d).module {
			return d, true
		}
	}
	return "", false
}

// required says that another module's path is a prefix of an import path.
func (m *modules) required(importPath string) bool { return provider(m.others, importPath) != "" }

// provider gives the longest of the modules' paths that is a prefix of an import path.
func provider(paths map[string]bool, importPath string) string {
	for p := importPath; p != "." && p != "/"; p = path.Dir(p) {
		if paths[p] {
			return p
		}
	}
	return ""
}

// maxImport is the longest import path, in bytes: no folder has a longer name (PATH_MAX of Linux), and what looks for one takes the
// square of its length.
const maxImport = 4 << 10

// checkImport refuses what cmd/go would not take from a source file, most of all patterns such as "..." and "all".
func checkImport(importPath string) error {
	if len(importPath) > maxImport {
		return fmt.Errorf("the import path has more than %d bytes", maxImport)
	}
	switch importPath {
	case "all", "std", "cmd", "tool", "work": // search.IsMetaPackage
		return fmt.Errorf("%q is not an importable package", importPath)
	}
	if strings.Contains(importPath, "...") {
		return fmt.Errorf("%q is a pattern", importPath)
	}
	return module.CheckImportPath(importPath)
}

// relative gives dir below root, or "".
func relative(root, dir string) string {
	if root == "." {
		if dir == "." {
			return ""
		}
		return dir
	}
	rest, _ := gomod.CutPath(dir, root)
	return rest
}
