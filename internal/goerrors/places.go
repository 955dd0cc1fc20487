package goerrors

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// Places are the folders that a go command has worked with.
type Places struct {
	// Work holds the own tree, and Dir is where in it the command ran, "" for Work itself. Source holds more of the same tree.
	Work, Dir, Source string
	// ModCache is GOMODCACHE, GoRoot is GOROOT.
	ModCache, GoRoot string
}

// location is a file as it is called, and where it is.
type location struct{ name, path string }

// trimmed stands before the paths that -trimpath leaves in what C compilers put into object files.
const trimmed = "/_/"

// find gives the file that is meant by a name in a message about a package.
func (p Places) find(pkg, file string) (location, bool) {
	rest, isTrimmed := strings.CutPrefix(file, trimmed)
	if !isTrimmed {
		abs := file
		if !filepath.IsAbs(abs) {
			abs = filepath.Join(cmp.Or(p.Dir, p.Work), file)
		}
		if found, ok := p.name(abs); ok {
			return found, true
		}
	}
	if strings.Contains(rest, "@") {
		if found, ok := p.inModule(rest); ok {
			return found, true
		}
	}
	if isTrimmed {
		return p.inPackage(path.Dir(rest), path.Base(rest))
	}
	if pkg == "" || filepath.IsAbs(file) {
		return location{}, false
	}
	return p.inPackage(pkg, file) // C compilers run in the folder of the package
}

// name calls a file that is there as a user does.
func (p Places) name(abs string) (location, bool) {
	abs = filepath.Clean(abs)
	if info, err := os.Stat(abs); err != nil || !info.Mode().IsRegular() {
		return location{}, false
	}
	for _, tree := range []string{p.Work, p.Source} {
		if rel, ok := below(tree, abs); ok {
			return location{rel, abs}, true
		}
	}
	if rel, ok := below(p.ModCache, abs); ok {
		return location{unescape(rel), abs}, true
	}
	if rel, ok := below(p.GoRoot, abs); ok {
		return location{"$GOROOT/" + rel, abs}, true
	}
	return location{}, false
}

func below(dir, abs string) (string, bool) {
	rel, ok := strings.CutPrefix(abs, filepath.Clean(dir)+"/")
	return filepath.ToSlash(rel), ok && dir != ""
}

// unescape gives the path of a module in the module cache its capitals.
func unescape(rel string) string {
	mod, file, _ := strings.Cut(rel, "@")
	if plain, err := module.UnescapePath(mod); err == nil {
		mod = plain
	}
	version, file, _ := strings.Cut(file, "/")
	if plain, err := module.UnescapeVersion(version); err == nil {
		version = plain
	}
	return mod + "@" + version + "/" + file
}

// inModule finds PATH@VERSION/FILE.
func (p Places) inModule(name string) (location, bool) {
	mod, file, _ := strings.Cut(name, "@")
	version, file, _ := strings.Cut(file, "/")
	mod, pathErr := module.EscapePath(mod)
	version, versionErr := module.EscapeVersion(version)
	if pathErr != nil || versionErr != nil {
		return location{}, false
	}
	return p.name(filepath.Join(p.ModCache, mod+"@"+version, file))
}

// inPackage finds a file by the import path of its folder.
func (p Places) inPackage(pkg, file string) (location, bool) {
	var candidates []string
	if dir, ok := p.ownFolder(pkg); ok {
		candidates = append(candidates, dir)
	}
	candidates = append(candidates, filepath.Join(cmp.Or(p.Dir, p.Work), "vendor", pkg))
	for prefix := pkg; prefix != "." && prefix != "/"; prefix = path.Dir(prefix) {
		if escaped, err := module.EscapePath(prefix); err == nil {
			versions, _ := filepath.Glob(filepath.Join(p.ModCache, escaped+"@*")) // the pattern is well-formed
			for _, dir := range versions {
				candidates = append(candidates, filepath.Join(dir, strings.TrimPrefix(pkg, prefix)))
			}
		}
	}
	candidates = append(candidates, filepath.Join(p.GoRoot, "src", pkg))
	for _, dir := range candidates {
		if found, ok := p.name(filepath.Join(dir, file)); ok {
			return found, true
		}
	}
	return location{}, false
}

// ownFolder finds the folder of a package in the module of the own tree that has the longest fitting path.
func (p Places) ownFolder(pkg string) (dir string, ok bool) {
	longest := -1
	_ = filepath.WalkDir(p.Work, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "go.mod" || !d.Type().IsRegular() {
			return nil // what cannot be read holds no module
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return nil
		}
		mod := modfile.ModulePath(content)
		rest, within := strings.CutPrefix(pkg+"/", mod+"/")
		if within && mod != "" && len(mod) > longest {
			longest, dir, ok = len(mod), filepath.Join(filepath.Dir(name), rest), true
		}
		return nil
	})
	return dir, ok
}

// function finds the declaration of a function by the linker's name of it, such as main.main or example.com/x.(*T).M. The package
// of a program is called main there, and pkg is its import path.
func (p Places) function(pkg, symbol string) (Mistake, bool) {
	dirName, base := path.Split(symbol)
	last, name, ok := strings.Cut(base, ".")
	if !ok {
		return Mistake{}, false
	}
	if symbolPkg := dirName + last; symbolPkg != "main" {
		pkg = symbolPkg
	}
	dir, ok := p.ownFolder(pkg)
	if !ok {
		return Mistake{}, false
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.go")) // an odd folder has no such function
	for _, file := range files {
		fset := token.NewFileSet()
		parsed, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		for _, decl := range parsed.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Body != nil && linkerName(f) == name {
				at, _ := p.name(file)
				pos := fset.Position(f.Name.Pos())
				return located(at, pos.Line, pos.Column, ""), true
			}
		}
	}
	return Mistake{}, false
}

// linkerName is Name, Type.Name or (*Type).Name.
func linkerName(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) != 1 {
		return f.Name.Name
	}
	switch t := f.Recv.List[0].Type.(type) {
	case *ast.Ident:
		return t.Name + "." + f.Name.Name
	case *ast.StarExpr:
		if name, ok := t.X.(*ast.Ident); ok {
			return "(*" + name.Name + ")." + f.Name.Name
		}
	}
	return f.Name.Name
}
