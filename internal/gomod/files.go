package gomod

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/modship-build/modship/internal/diag"
)

// modFile is the go.mod of an own module.
type modFile struct {
	text
	*modfile.File
	dir string
}

// workFile is the go.work in force.
type workFile struct {
	text
	*modfile.WorkFile
}

// readFiles parses go.work and the go.mod of every own module. Mistakes are collected; the error is for reading alone.
func (l *loader) readFiles() error {
	if t, err := l.findWorkspace(); err != nil {
		return err
	} else if t != nil {
		return l.readWorkspace(t)
	}
	t, err := readText(l.fsys, path.Join(l.root, "go.mod"))
	if err != nil {
		return err
	}
	if t == nil {
		return l.noModule()
	}
	l.readModule(t, l.root)
	return nil
}

// findWorkspace looks for go.work as cmd/go does: in the module's folder and above, in the context. Its folder becomes the root.
func (l *loader) findWorkspace() (*text, error) {
	if l.place.NoWork {
		return nil, nil
	}
	for dir := l.root; ; dir = path.Dir(dir) {
		t, err := readText(l.fsys, path.Join(dir, "go.work"))
		if t != nil {
			l.root = dir
		}
		if t != nil || err != nil || dir == "." {
			return t, err
		}
	}
}

func (l *loader) readModule(t *text, dir string) {
	if !t.check(&l.errs) {
		return
	}
	file, err := modfile.Parse(t.name, t.data, nil)
	if err != nil {
		t.addErrors(err, &l.errs)
		return
	}
	if file.Module == nil {
		l.errs.Addf(t.whole(), "no module line").Help = "add one, such as: module example.com/app"
		return
	}
	l.mods = append(l.mods, &modFile{text: *t, File: file, dir: dir})
}

func (l *loader) readWorkspace(t *text) error {
	if !t.check(&l.errs) {
		return nil
	}
	file, err := modfile.ParseWork(t.name, t.data, nil)
	if err != nil {
		t.addErrors(err, &l.errs)
		return nil
	}
	l.work = &workFile{text: *t, WorkFile: file}
	if len(file.Use) == 0 {
		l.errs.Addf(t.whole(), "the workspace uses no modules").Help = "add a use line, such as: use ."
	}
	seen := map[string]bool{}
	for _, use := range file.Use {
		if err := l.readUse(use, seen); err != nil {
			return err
		}
	}
	if dir := path.Clean(l.place.Module); dir != l.root && !seen[dir] {
		l.errs.Addf(t.whole(), "the module in %s is none of the workspace", dir).Help =
			fmt.Sprintf("run in the folder of go.work: go work use ./%s, or build with --build-arg GOWORK=off", relative(l.root, dir))
	}
	return nil
}

// relative gives a folder of root by its path from there.
func relative(root, dir string) string {
	if root == "." {
		return dir
	}
	rest, _ := CutPath(dir, root)
	return rest
}

func (l *loader) readUse(use *modfile.Use, seen map[string]bool) error {
	at := l.work.lineRange(use.Syntax)
	dir, ok := insideContext(l.root, use.Path)
	if !ok {
		l.errs.Addf(at, "used module %s is outside the context", use.Path).Help = l.outsideHelp(l.root, use.Path)
		return nil
	}
	if seen[dir] {
		l.errs.Addf(at, "the workspace uses %s twice", use.Path).Help = "keep one of the lines"
		return nil
	}
	seen[dir] = true
	t, err := readText(l.fsys, path.Join(dir, "go.mod"))
	if err != nil {
		return err
	}
	if t == nil {
		l.want(dir)
		e := l.errs.Addf(at, "used directory %s has no go.mod in the context", use.Path)
		e.Help, e.Missing = missingHelp, path.Join(dir, "go.mod")
		return nil
	}
	l.readModule(t, dir)
	l.checkPath(at)
	return nil
}

// checkPath refuses a second module with the path of the one that was read last.
func (l *loader) checkPath(at diag.Range) {
	if len(l.mods) == 0 {
		return
	}
	last := l.mods[len(l.mods)-1]
	for _, m := range l.mods[:len(l.mods)-1] {
		if m.Module.Mod.Path == last.Module.Mod.Path && m.dir != last.dir {
			l.errs.Addf(at, "the workspace has module %s twice, in %s and here", m.Module.Mod.Path, m.dir).Help = "keep one of the lines"
			return
		}
	}
}

// want tells a file system that asks for what it lacks (package links) of a folder that should be there: it may be a symbolic link,
// or below one.
func (l *loader) want(dir string) {
	if w, ok := l.fsys.(interface{ Want(name string) }); ok {
		w.Want(dir)
	}
}

const missingHelp = "check the path and .dockerignore"

// insideContext resolves a directory that a file in dir names.
func insideContext(dir, target string) (string, bool) {
	if path.IsAbs(target) || strings.Contains(target, `\`) || len(target) > 1 && target[1] == ':' {
		return "", false
	}
	resolved := path.Join(dir, target)
	return resolved, fs.ValidPath(resolved)
}

// outsideHelp says which folder to use as the context instead, where a file in dir names a folder that lies outside of it.
func (l *loader) outsideHelp(dir, target string) string {
	above := ""
	for rest, up := path.Join(under(l.place.Context, dir), target)+"/", true; up; {
		if rest, up = strings.CutPrefix(rest, "../"); up {
			above = path.Join(above, "..")
		}
	}
	const rest = " as the context, and name this folder from there in the configuration, as in module: services/a; or vendor the dependencies"
	if above == "" { // it is no path of this machine, or an absolute one
		return "use a directory that holds both" + rest
	}
	return "use " + shellWord(l.place.reach(above)) + rest + l.place.counted()
}

const (
	maxNested = 5
	// maxVisited bounds the walk, each step of which may be a request to the daemon.
	maxVisited = 2000
)

// noModule says that the root has no module, and which directories below have one.
func (l *loader) noModule() error {
	e := l.errs.Addf(diag.Range{}, "the context has neither go.mod nor go.work at its root")
	e.Missing = "go.mod"
	if l.root != "." {
		l.want(l.root)
		e.Msg, e.Missing = fmt.Sprintf("the context has no %s/go.mod", l.root), path.Join(l.root, "go.mod")
	}
	nested, err := nestedModules(l.fsys)
	if err != nil {
		return err
	}
	if l.root != "." {
		e.Help = "the key module names the folder of a go.mod, as a path from the root of the context"
		if len(nested) > 0 {
			e.Help += "; there is " + strings.Join(nested, ", ")
		}
		return nil
	}
	if len(nested) == 0 {
		e.Help = "the context must be the root of a Go module: name that directory, check that .dockerignore does not hide its go.mod, or make one with go mod init"
		return nil
	}
	e.Help = fmt.Sprintf("name the directory of one of ./%s: in the configuration, as in module: %s, or as the context; or add a go.work",
		strings.Join(nested, ", ./"), path.Dir(nested[0]))
	if l.place.Shown != "" && l.place.Shown != "." {
		e.Help += "; these are in " + l.place.Shown
	}
	return nil
}

// nestedModules returns the first go.mod files below the root, in the order of a walk that skips what cmd/go skips.
func nestedModules(fsys fs.FS) ([]string, error) {
	var found []string
	visited := 0
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if visited++; visited > maxVisited || len(found) == maxNested {
			return fs.SkipAll
		}
		switch {
		case err != nil:
			return fmt.Errorf("looking for modules: %w", err)
		case d.IsDir() && name != "." && skipped(d.Name()):
			return fs.SkipDir
		case !d.IsDir() && d.Name() == "go.mod":
			found = append(found, name)
		}
		return nil
	})
	return found, err
}

func skipped(dir string) bool {
	return dir == "vendor" || dir == "testdata" || dir == "node_modules" || dir[0] == '.' || dir[0] == '_'
}
