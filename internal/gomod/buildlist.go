package gomod

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// GoMods gives the go.mod files of modules, in their order. The versions are those to download, with replacements applied.
type GoMods func(list []module.Version) ([][]byte, error)

// maxGraph bounds the go.mod files of a build list together, in bytes. Those of Kubernetes and all its requirements have 3 MB.
const maxGraph = 256 << 20

// BuildList chooses the version of every module, sorted by path and without the own modules, as cmd/go does: of each path the
// highest version that is required (https://go.dev/ref/mod#minimal-version-selection). Where the module files are complete,
// nothing is asked of goMods.
//
// The error joins a [diag.Error] for each mistake in the files, or is that of goMods or of reading.
func (f *Facts) BuildList(goMods GoMods) ([]Module, error) {
	l := *f.loader
	g := newGraph(&l, goMods)
	if err := g.load(); err != nil {
		return nil, errors.Join(err, l.errs.Bounded())
	}
	return g.list(), l.errs.Bounded()
}

func newGraph(l *loader, goMods GoMods) *graph {
	return &graph{
		loader: l, goMods: goMods, excluded: l.excluded(), nodes: map[module.Version]*node{}, seen: map[visit]bool{}, chosen: map[string]string{},
	}
}

// graph is the module graph, as readModGraph of cmd/go/internal/modload loads it.
type graph struct {
	*loader
	goMods   GoMods
	excluded map[module.Version]bool
	// nodes are the modules whose go.mod was read; an own one has no version.
	nodes map[module.Version]*node
	seen  map[visit]bool
	// chosen is the highest version that is required of each path.
	chosen map[string]string
	// risen are paths that got a higher version than they had; a path may be there several times.
	risen []string
	size  int // of the go.mod files that were read
}

// node is what a go.mod file says.
type node struct {
	require []module.Version
	// complete says that it names every module that building its packages needs, so that those that it requires need not be
	// followed (https://go.dev/ref/mod#graph-pruning).
	complete bool
}

// depth says how far the requirements of a module are followed.
type depth int

const (
	pruned    depth = iota // not, if the module names all it needs
	unpruned               // to the end, whatever the modules on the way say
	workspace              // those of the module itself are, and each then as the module's go.mod says
)

type visit struct {
	module.Version
	depth depth
}

// load reads what is needed of the graph.
func (g *graph) load() error {
	if g.complete() {
		g.require(g.required())
		return nil
	}
	var todo []visit
	for _, m := range g.mods {
		own := module.Version{Path: m.Module.Mod.Path}
		n := g.node(m.File)
		g.nodes[own] = n
		g.require(n.require)
		if g.work != nil {
			todo = append(todo, visit{own, workspace})
			continue
		}
		for _, r := range n.require {
			todo = append(todo, visit{r, unpruned})
		}
	}
	if err := g.follow(todo); err != nil {
		return err
	}
	if g.work != nil {
		return followUpgrades(g)
	}
	return nil
}

// follow visits modules and what they require. All that is next to be read is read at once: it comes from afar.
func (g *graph) follow(todo []visit) error {
	for len(todo) > 0 {
		todo = slices.DeleteFunc(todo, func(v visit) bool {
			dup := g.seen[v]
			g.seen[v] = true
			return dup
		})
		if err := g.read(todo); err != nil {
			return err
		}
		var next []visit
		for _, v := range todo {
			n := g.nodes[v.Version]
			deeper := pruned
			if v.depth == unpruned || !n.complete {
				deeper = unpruned
			}
			if v.depth == pruned && n.complete {
				continue
			}
			for _, r := range n.require {
				next = append(next, visit{r, deeper})
			}
		}
		todo = next
	}
	return nil
}

// version is the one that is chosen of a path: an own module wins over all.
func (g *graph) version(path string) string {
	if g.replacer.own[path] {
		return ""
	}
	return g.chosen[path]
}

// compare orders versions; "", an own module, is the highest.
func compare(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	}
	return semver.Compare(a, b)
}

func compareModules(a, b module.Version) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Version, b.Version))
}

func (g *graph) require(list []module.Version) {
	for _, m := range list {
		have, ok := g.chosen[m.Path]
		if ok && compare(m.Version, have) <= 0 {
			continue
		}
		g.chosen[m.Path] = m.Version
		if ok {
			g.risen = append(g.risen, m.Path)
		}
	}
}

// read makes nodes of modules that have none. Mistakes in local files are collected, and their modules then require nothing.
func (g *graph) read(todo []visit) error {
	var missing, download []module.Version
	for _, v := range todo {
		if g.nodes[v.Version] == nil {
			g.nodes[v.Version] = &node{complete: true}
			missing = append(missing, v.Version)
		}
	}
	slices.SortFunc(missing, compareModules)
	for _, m := range missing {
		to, replaced := g.replacer.of(m)
		switch {
		case !replaced:
			download = append(download, m)
		case to.to.Version != "":
			download = append(download, to.to)
		default:
			if err := g.readFolder(m, to); err != nil {
				return err
			}
		}
	}
	slices.SortFunc(download, compareModules)
	download = slices.Compact(download)
	if len(download) == 0 {
		return nil
	}
	texts, err := g.goMods(download)
	if err != nil {
		return err
	}
	byModule := map[module.Version][]byte{}
	for i, m := range download {
		byModule[m] = texts[i]
	}
	var wrong []error
	for _, m := range missing {
		from := m
		if to, replaced := g.replacer.of(m); replaced {
			from = to.to
		}
		if text, ok := byModule[from]; ok {
			wrong = append(wrong, g.parse(m, from, text))
		}
	}
	return errors.Join(wrong...)
}

func (g *graph) readFolder(m module.Version, to replacement) error {
	if to.outside {
		g.checkFolder(m.Path, to, nil)
		return nil
	}
	t, err := readText(g.fsys, path.Join(to.to.Path, "go.mod"))
	if err != nil {
		return err
	}
	if t == nil {
		g.checkFolder(m.Path, to, nil)
		return nil
	}
	if !t.check(&g.errs) {
		return nil
	}
	f, err := modfile.ParseLax(t.name, t.data, nil)
	if err != nil {
		t.addErrors(err, &g.errs)
		return nil
	}
	return g.add(m, f, len(t.data))
}

// parse reads a go.mod file from elsewhere. What it says its path is must be one of the two that it may be known by.
func (g *graph) parse(m, from module.Version, text []byte) error {
	f, err := modfile.ParseLax("go.mod", text, nil)
	switch {
	case err != nil:
		return fmt.Errorf("parsing the go.mod file of %s: %w", from, err)
	case f.Module == nil:
		return fmt.Errorf("parsing the go.mod file of %s: it has no module line", from)
	}
	if declared := f.Module.Mod.Path; declared != m.Path && declared != from.Path {
		return fmt.Errorf("the go.mod file of %s declares its path as %s, but it is required as %s", from, declared, m.Path)
	}
	return g.add(m, f, len(text))
}

func (g *graph) add(m module.Version, f *modfile.File, size int) error {
	if g.size += size; g.size > maxGraph {
		return fmt.Errorf("the go.mod files of the build list have more than the %d bytes allowed", maxGraph)
	}
	g.nodes[m] = g.node(f)
	g.require(g.nodes[m].require)
	return nil
}

func (g *graph) node(f *modfile.File) *node {
	n := &node{complete: namesAll(f)}
	for _, r := range f.Require {
		if !g.excluded[r.Mod] {
			n.require = append(n.require, r.Mod)
		}
	}
	return n
}

// list is what was chosen.
func (g *graph) list() []Module {
	var list []Module
	for _, p := range slices.Sorted(maps.Keys(g.chosen)) {
		if g.replacer.own[p] {
			continue
		}
		m := Module{Path: p, Version: g.chosen[p]}
		if to, replaced := g.replacer.of(m.Download()); replaced {
			m.Version = to.to.Version
			switch {
			case m.Version == "":
				m.Dir, m.Replaced = to.to.Path, true
			case to.to.Path != p:
				m.From = to.to.Path
			}
		}
		list = append(list, m)
	}
	return list
}
