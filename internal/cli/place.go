package cli

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/gomod"
)

// place is where in a tree of files a build is. Paths have slashes and no links in them, and count from the root of the tree.
type place struct {
	// context is the folder that BuildKit gets, module that of the module or the workspace.
	context, module string
	// main is the main package that the user has named by its folder, as in "./cmd/app", or "".
	main string
	// why is the line that the context is larger than the module for; zero if it is not.
	why gomod.Need
}

// contextOf gives the folder from which a configuration names that of the module, where this is another than the module's own: see
// [localPlace.configured].
func (p place) contextOf(tree fs.FS, cfg *config.Config) (dir string, ok bool) {
	if cfg == nil || cfg.Module == "" {
		return "", false
	}
	if _, err := fs.Stat(tree, path.Join(p.module, cfg.Module, "go.mod")); err == nil {
		return "", false
	}
	if p.module == cfg.Module {
		return ".", true
	}
	return strings.CutSuffix(p.module, "/"+cfg.Module)
}

// folder is the folder of the module in the context, "" for the context itself.
func (p place) folder() string { return under(p.context, p.module) }

// area is what is known of a folder before it is looked at.
type area struct {
	tree fs.FS
	// top is the folder above which no module is looked for.
	top string
	// trusted is a folder above that the context may be; it may be "". What is there says which files go to BuildKit, and it may be anybody's:
	// no line of it has files sent that are beside the repository, or beside where the user works.
	trusted string
	// fits says that trusted itself is no better as the context than a smaller folder with all that is needed.
	fits bool
	// wide tells of folders that hold too much to be the context unless they are named; it may be nil.
	wide func(dir string) bool
	// noWork says that no go.work counts; given tells of the path of a module whether the user gives another folder for it.
	noWork bool
	given  func(module string) bool
}

// locate finds the module that a folder is in, and the folders that it is built of beside its own. Where that is nothing, or there is no
// module, the context is the folder of the user.
func (a area) locate(dir string) place {
	own := place{context: dir, module: dir}
	module, ok := a.moduleOf(dir)
	if !ok {
		return own
	}
	p := place{context: module, module: module}
	if module != dir {
		p.main = "./" + under(module, dir)
	}
	reach, err := gomod.ReachOf(a.tree, gomod.Place{Module: module, NoWork: a.noWork})
	if err != nil {
		return p // the build will say what cannot be read
	}
	var needs []gomod.Need
	for _, n := range reach.Needs {
		if !isBelow(module, n.Dir) && (n.Module == "" || !a.given(n.Module)) && (n.Start.Line == 0 || a.isModule(n.Dir)) {
			needs = append(needs, n)
		}
	}
	best := 0
	for _, candidate := range a.candidates(module, reach.Work, needs) {
		if a.wide != nil && a.wide(candidate) {
			continue
		}
		if n := covered(candidate, needs); n > best {
			p.context, best = candidate, n
		}
	}
	for _, n := range needs {
		if best > 0 && isBelow(p.context, n.Dir) {
			p.why = n
			break
		}
	}
	return p
}

// moduleOf finds the nearest folder upwards with a go.mod or a go.work.
func (a area) moduleOf(dir string) (module string, ok bool) {
	for ; ; dir = path.Dir(dir) {
		for _, name := range []string{"go.mod", "go.work"} {
			if info, err := fs.Stat(a.tree, path.Join(dir, name)); err == nil && info.Mode().IsRegular() {
				return dir, true
			}
		}
		if dir == "." || dir == a.top {
			return "", false
		}
	}
}

// isModule tells whether a folder has a go.mod. One without is no reason to send what lies around it.
func (a area) isModule(dir string) bool {
	info, err := fs.Stat(a.tree, path.Join(dir, "go.mod"))
	return err == nil && info.Mode().IsRegular()
}

// candidates are the folders that may be the context in place of the module's, the better ones first. A go.work that is in force was found
// above by name, as the go command does.
func (a area) candidates(module, work string, needs []gomod.Need) []string {
	var all []string
	if work != "" {
		all = append(all, path.Dir(work))
	}
	if a.trusted == "" || !isBelow(a.trusted, module) {
		return all
	}
	if common := commonFolder(module, needs); a.fits && isBelow(a.trusted, common) {
		return append(all, common)
	}
	return append(all, a.trusted)
}

// covered counts the needs that are in a folder.
func covered(dir string, needs []gomod.Need) int {
	n := 0
	for _, need := range needs {
		if isBelow(dir, need.Dir) {
			n++
		}
	}
	return n
}

// commonFolder is the smallest folder with the module and all that it needs.
func commonFolder(module string, needs []gomod.Need) string {
	common := module
	for _, n := range needs {
		for !isBelow(common, n.Dir) {
			common = path.Dir(common)
		}
	}
	return common
}

// isBelow tells whether a folder is another one or in that.
func isBelow(above, dir string) bool {
	_, ok := gomod.CutPath(dir, above)
	return ok || above == "."
}

// under gives a folder as a path from one above it, "" for that itself.
func under(above, dir string) string {
	if above == "." {
		return strings.TrimPrefix(dir, ".")
	}
	rest, _ := gomod.CutPath(dir, above)
	return rest
}

// words says in a line what was taken, where that is more than what was named. shown is the context as the user would write it.
func (p place) words(shown string) string {
	what := p.folder()
	switch {
	case p.main != "" && what != "":
		what = fmt.Sprintf("%s of the module %s", p.main, what)
	case p.main != "":
		return fmt.Sprintf("building %s of the module in %s", p.main, shown)
	case what == "":
		return ""
	}
	file, dir := under(p.context, p.why.File), under(p.context, p.why.Dir)
	switch {
	case p.why.Start.Line == 0:
		return fmt.Sprintf("building %s, with %s as the context: %s there uses it", what, shown, file)
	case dir == "":
		dir = "the folder itself"
	}
	return fmt.Sprintf("building %s, with %s as the context: %s:%d needs %s", what, shown, file, p.why.Start.Line, dir)
}
