package step

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/gofiles"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/request"
)

// keeper knows where the files that are kept for one image go.
type keeper struct {
	modCache, vendor string
	// root is as in [request.Build].
	root string
}

// keepClosure writes what the step gives for one image.
func keepClosure(closure analyze.Closure, img request.Imports, table gomod.Table) error {
	dir := filepath.Join(request.Out, request.AnalyzedDir(img.Build.Target))
	k := keeper{modCache: filepath.Join(dir, "modcache"), vendor: filepath.Join(dir, "vendor"), root: img.Build.Root}
	for _, dir := range []string{k.modCache, k.vendor} { // both are mounted, also when empty
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	for _, p := range closure.Packages {
		if err := k.pkg(p); err != nil {
			return fmt.Errorf("keeping the files of %s: %w", p.ImportPath, err)
		}
	}
	if err := k.modules(img.Build.Vendor); err != nil {
		return fmt.Errorf("keeping the facts of the modules: %w", err)
	}
	said := filepath.Join(request.Said, request.AnalyzedDir(img.Build.Target))
	for joined, imports := range img.Programs {
		if err := sayClosure(closure.Of(imports), img, table, filepath.Join(said, request.ProgramsDir(joined))); err != nil {
			return err
		}
	}
	return sayClosure(closure, img, table, said)
}

// sayClosure writes the summary of a closure into a folder.
func sayClosure(closure analyze.Closure, img request.Imports, table gomod.Table, dir string) error {
	summary, err := summarize(closure, img)
	if err != nil {
		return err
	}
	if err := addLicenses(summary.Modules, table); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return writeJSON(filepath.Join(dir, request.AnalysisFile), summary)
}

// pkg copies what building p reads. A cgo package may include headers from folders that no listing names
// (-I${SRCDIR}/../include), so its whole module is kept.
func (k keeper) pkg(p analyze.Package) error {
	if p.Standard {
		return nil
	}
	if p.UsesCgo() && p.Module != nil && p.Module.Dir != "" {
		if dest, ok := k.path(p.Module.Dir); ok {
			return keepTree(p.Module.Dir, dest)
		}
	}
	files := gofiles.IncludeClosure(p.Dir, p.SFiles, k.read)
	for _, name := range p.Inputs() {
		files = append(files, filepath.Join(p.Dir, name))
	}
	for _, from := range files {
		dest, ok := k.path(from)
		if !ok {
			return fmt.Errorf("%s lies outside of the module cache and of vendor", from)
		}
		if err := keepFile(from, dest); err != nil {
			return err
		}
	}
	return nil
}

// keepFile gives a file of the module cache another name, and copies one of vendor, which lies in another mount.
func keepFile(from, to string) error {
	if _, ok := inside(unpacked, from); !ok {
		return copyFile(from, to)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	err := os.Link(from, to)
	if errors.Is(err, fs.ErrExist) { // packages of one module may include the same file
		return nil
	}
	return err
}

// keepTree keeps the regular files below from; a zip of a module holds no others.
func keepTree(from, to string) error {
	return eachFile(from, func(path string) error {
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		return keepFile(path, filepath.Join(to, rel))
	})
}

// read reads what assembly includes, if it is among what k keeps.
func (k keeper) read(name string) ([]byte, error) {
	if rel, ok := inside(unpacked, name); ok {
		return readRegular(unpacked, rel)
	}
	if rel, ok := inside(vendorDir(k.root), name); ok { // whose links may lead to the module's own files
		return readRegular(request.Work, filepath.Join(k.root, "vendor", rel))
	}
	return nil, fs.ErrNotExist
}

// path maps a file of a dependency to its place in the output.
func (k keeper) path(name string) (string, bool) {
	if rel, ok := inside(unpacked, name); ok {
		return filepath.Join(k.modCache, rel), true
	}
	if rel, ok := inside(vendorDir(k.root), name); ok {
		return filepath.Join(k.vendor, rel), true
	}
	return "", false
}

// inside gives the rest of a file's name in a folder. Both are absolute.
func inside(dir, name string) (string, bool) { return gomod.CutPath(filepath.Clean(name), dir) }

// modules keeps what cmd/go wants to know of modules without building a package of them.
func (k keeper) modules(vendor bool) error {
	if vendor {
		return copyFile(filepath.Join(vendorDir(k.root), "modules.txt"), filepath.Join(k.vendor, "modules.txt"))
	}
	if err := keepTree(filepath.Join(unpacked, "cache"), filepath.Join(k.modCache, "cache")); err != nil {
		return err
	}
	return k.moduleDirs()
}

// moduleDirs makes an empty folder for every unpacked module: cmd/go looks for a package in every module of the build
// list whose path is a prefix of the import.
func (k keeper) moduleDirs() error {
	return filepath.WalkDir(unpacked, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		rel, _ := inside(unpacked, path)
		switch {
		case rel == "cache":
			return fs.SkipDir
		case strings.Contains(d.Name(), "@"):
			return errSkip(os.MkdirAll(filepath.Join(k.modCache, rel), 0o755))
		}
		return nil
	})
}

// errSkip turns success into fs.SkipDir.
func errSkip(err error) error {
	if err != nil {
		return err
	}
	return fs.SkipDir
}
