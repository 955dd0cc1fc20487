package scan

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// maxModFile bounds go.mod and go.work, in bytes.
const maxModFile = 8 << 20

// modules knows the own modules and the paths of the others.
type modules struct {
	tree *tree
	// own is sorted by path, longest first.
	own []ownModule
	// others are the paths of the modules that are not own, complete says that there can be no more.
	others   map[string]bool
	complete bool
	// unrequired are the paths of modules that are replaced for nothing.
	unrequired map[string]bool
}

type ownModule struct {
	Module
	// ignored are the ignore directives, see go.dev/ref/mod#go-mod-file-ignore.
	ignored []string
}

func readModules(t *tree, req Request) (*modules, error) {
	m := &modules{tree: t, others: pathSet(req.Others), unrequired: pathSet(req.Unrequired), complete: req.Complete}
	for _, mod := range req.Modules {
		if req.Vendor && mod.Replaced {
			continue
		}
		if err := m.add(mod); err != nil {
			return nil, fmt.Errorf("module %s: %w", mod.Path, err)
		}
	}
	if len(m.own) == 0 {
		return nil, fmt.Errorf("no module to scan")
	}
	slices.SortStableFunc(m.own, func(a, b ownModule) int {
		return cmp.Or(cmp.Compare(len(b.Path), len(a.Path)), cmp.Compare(a.Path, b.Path))
	})
	return m, nil
}

func pathSet(list []string) map[string]bool {
	found := make(map[string]bool, len(list))
	for _, s := range list {
		found[s] = true
	}
	return found
}

func (m *modules) add(mod Module) error {
	if !fs.ValidPath(mod.Dir) {
		return fmt.Errorf("directory %q is not below the root of the context", mod.Dir)
	}
	if slices.ContainsFunc(m.own, func(o ownModule) bool { return o.Path == mod.Path || o.Dir == mod.Dir }) {
		return fmt.Errorf("path or directory %s is named twice", mod.Dir)
	}
	name := path.Join(mod.Dir, "go.mod")
	text, err := m.tree.file(name, maxModFile)
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	f, err := modfile.Parse(name, text, nil)
	if err != nil {
		if f, err = modfile.ParseLax(name, text, nil); err != nil { // written for a newer Go
			return fmt.Errorf("reading %s: %w", name, err)
		}
	}
	own := ownModule{Module: mod}
	for _, i := range f.Ignore {
		own.ignored = append(own.ignored, i.Path)
	}
	m.own = append(m.own, own)
	return nil
}

// ignores says that ./... leaves out a directory of the module, as IgnorePatterns of cmd/go/internal/search does.
func (o ownModule) ignores(dir string) bool {
	rel := "/" + relative(o.Dir, dir) + "/"
	return slices.ContainsFunc(o.ignored, func(pattern string) bool {
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
		if i := slices.IndexFunc(m.own, func(o ownModule) bool { return o.Dir == d }); i >= 0 {
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
		if rest, ok := cutPathPrefix(importPath, o.Path); ok {
			places = append(places, place{o, path.Join(o.Dir, rest)})
		}
	}
	return places
}

// place is a directory as part of an own module.
type place struct {
	ownModule
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
	rest, _ := cutPathPrefix(dir, root)
	return rest
}

func cutPathPrefix(p, prefix string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(p, prefix)
	switch {
	case !ok:
		return "", false
	case rest == "":
		return "", true
	case rest[0] == '/':
		return rest[1:], true
	}
	return "", false
}
