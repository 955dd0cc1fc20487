package gomod

import (
	"slices"

	"golang.org/x/mod/module"
)

// upgrades are the rounds of [followUpgrades]. Each looks at what has changed since the one before and at nothing else: there may be
// as many rounds as there are modules.
type upgrades struct {
	*graph
	// roots are the paths of modules whose requirements are followed, seen their versions for which that was done.
	roots map[string]bool
	seen  map[module.Version]bool
	// waiting are the versions of roots that require a path, by that path, which is no root: they required the version that was chosen.
	waiting map[string][]module.Version
}

// followUpgrades does what cmd/go does for workspaces alone: where another module of the workspace raises a requirement of a module, the
// version that comes instead may require what the lower one did not, and its requirements are followed as those of an own
// module are.
func followUpgrades(g *graph) error {
	u := &upgrades{graph: g, roots: map[string]bool{}, seen: map[module.Version]bool{}, waiting: map[string][]module.Version{}}
	var fresh []module.Version
	for _, m := range g.mods {
		fresh = append(fresh, module.Version{Path: m.Module.Mod.Path})
	}
	u.add(fresh)
	for {
		raised := append(u.risenRoots(), u.instead(fresh)...)
		slices.SortFunc(raised, compareModules)
		if raised = slices.Compact(raised); len(raised) == 0 {
			return nil
		}
		u.add(raised)
		var todo []visit
		for _, m := range raised {
			todo = append(todo, visit{m, workspace})
		}
		if err := g.follow(todo); err != nil {
			return err
		}
		fresh = raised
	}
}

// add makes modules roots.
func (u *upgrades) add(list []module.Version) {
	for _, m := range list {
		u.seen[m], u.roots[m.Path] = true, true
		delete(u.waiting, m.Path)
	}
	u.risen = nil
}

// risenRoots are the new versions of roots, and of what roots require, among the paths whose version has risen.
func (u *upgrades) risenRoots() (raised []module.Version) {
	for _, path := range u.risen {
		m := module.Version{Path: path, Version: u.version(path)}
		if !u.seen[m] && (u.roots[path] || slices.ContainsFunc(u.waiting[path], u.inForce)) {
			raised = append(raised, m)
		}
		delete(u.waiting, path) // it is a root, or those that waited are not in force, and will never be again
	}
	return raised
}

// instead are the versions that come instead of those that new roots require.
func (u *upgrades) instead(roots []module.Version) (raised []module.Version) {
	for _, m := range roots {
		if !u.inForce(m) {
			continue
		}
		for _, r := range u.nodes[m].require {
			s := module.Version{Path: r.Path, Version: u.version(r.Path)}
			switch {
			case u.roots[r.Path]: // if it is to be raised, it has risen
			case compare(s.Version, r.Version) > 0:
				raised = append(raised, s)
			default:
				u.waiting[r.Path] = append(u.waiting[r.Path], m)
			}
		}
	}
	return raised
}

// inForce tells whether m is the version of its path.
func (u *upgrades) inForce(m module.Version) bool { return u.version(m.Path) == m.Version }
