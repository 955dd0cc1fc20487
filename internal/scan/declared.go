package scan

import (
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/modship-build/modship/internal/diag"
)

// declarations are a package's, as far as they decide what -X can set: a variable of type string "declared in the source code
// either uninitialized or initialized to a constant string expression" (go doc cmd/link).
type declarations struct {
	importPath string
	vars       map[string]variable
	// types works out the types, once and only if somebody asks. Imports are not followed: what depends on them is invalid.
	types func() (*types.Scope, *types.Info)
}

type variable struct {
	// value is the expression for it, or nil; a call that gives several values stands for each.
	value ast.Expr
	// at is where its name stands in the file, whose name has no folder.
	at token.Position
	// embedded says that go:embed fills it: -X would replace that.
	embedded bool
}

// declarations parses the files of a package, once for all platforms that it has the same files on.
func (s *survey) declarations(p Package) *declarations {
	key := p.Dir + "\x00" + strings.Join(p.Files, "\x00")
	if d := s.declared[key]; d != nil {
		return d
	}
	d := &declarations{importPath: p.ImportPath, vars: make(map[string]variable)}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.Files {
		if path.Ext(name) != ".go" {
			continue
		}
		text, err := s.tree.text(p.Dir, name)
		if err != nil {
			continue // reported with the package
		}
		// Of a file with mistakes this is what can be understood; the compiler reports them.
		f, _ := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if f != nil {
			files = append(files, f)
			d.collect(fset, f)
		}
	}
	d.types = sync.OnceValues(func() (*types.Scope, *types.Info) { return check(p.ImportPath, fset, files) })
	s.declared[key] = d
	return d
}

// check runs the type checker over what is outside of functions. Its errors are the compiler's to report.
func check(importPath string, fset *token.FileSet, files []*ast.File) (*types.Scope, *types.Info) {
	info := &types.Info{Types: make(map[ast.Expr]types.TypeAndValue)}
	c := types.Config{
		Importer: noImporter{}, Error: func(error) {}, FakeImportC: true, IgnoreFuncBodies: true, DisableUnusedImportCheck: true,
	}
	pkg, _ := c.Check(importPath, fset, files, info)
	return pkg.Scope(), info
}

type noImporter struct{}

func (noImporter) Import(string) (*types.Package, error) { return nil, errNoImports }

var errNoImports = errors.New("imports are not followed")

// collect adds the package-level variables of a file.
func (d *declarations) collect(fset *token.FileSet, f *ast.File) {
	for _, decl := range f.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.VAR {
			continue
		}
		for _, spec := range group.Specs {
			s, ok := spec.(*ast.ValueSpec)
			if !ok {
				continue
			}
			v := variable{embedded: embeds(s.Doc) || !group.Lparen.IsValid() && embeds(group.Doc)}
			for i, name := range s.Names {
				if v.value = nil; len(s.Values) > 0 {
					v.value = s.Values[min(i, len(s.Values)-1)]
				}
				v.at = fset.Position(name.Pos())
				d.vars[name.Name] = v
			}
		}
	}
}

func embeds(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

// check says what keeps the linker from setting a variable. Where that depends on an imported package there is no problem, but
// no certainty either.
func (d *declarations) check(name string) (problem *diag.Error, certain bool) {
	scope, info := d.types()
	switch o := scope.Lookup(name).(type) {
	case nil:
		return d.missing(name), true
	case *types.Const:
		return &diag.Error{Msg: fmt.Sprintf("%s is a constant", name), Help: "make it a variable"}, true
	case *types.Var:
		return d.checkVar(name, o, info)
	}
	return &diag.Error{Msg: fmt.Sprintf("%s is not a variable", name)}, true
}

func (d *declarations) missing(name string) *diag.Error {
	e := &diag.Error{Msg: fmt.Sprintf("package %s has no variable %s", d.importPath, name)}
	e.Help = diag.Suggest(name, slices.Sorted(maps.Keys(d.vars)))
	return e
}

func (d *declarations) checkVar(name string, o *types.Var, info *types.Info) (problem *diag.Error, certain bool) {
	v := d.vars[name]
	value := info.Types[v.value]
	switch typ := types.Unalias(o.Type()); {
	case v.embedded:
		return &diag.Error{Msg: fmt.Sprintf("%s holds a file, by go:embed", name)}, true
	case calls(v.value):
		return notConstant(name), true
	case typ == types.Typ[types.Invalid]:
		return nil, false
	case typ != types.Typ[types.String]:
		words := types.TypeString(typ, types.RelativeTo(o.Pkg()))
		return &diag.Error{Msg: fmt.Sprintf("%s is of type %s, not string", name, words)}, true
	case v.value == nil || value.Value != nil:
		return nil, true
	case value.Type == nil || value.Type == types.Typ[types.Invalid]:
		return nil, false
	}
	return notConstant(name), true
}

func notConstant(name string) *diag.Error {
	return &diag.Error{
		Msg:  fmt.Sprintf("the initial value of %s is not a constant", name),
		Help: "the linker sets variables without an initial value or with a constant one",
	}
}

// text gives the initial value of a variable that [declarations.check] has nothing against.
func (d *declarations) text(name string) string {
	_, info := d.types()
	if value := info.Types[d.vars[name].value].Value; value != nil && value.Kind() == constant.String {
		return constant.StringVal(value)
	}
	return ""
}

// calls recognises a call of another package's function, which the type checker knows nothing of.
func calls(value ast.Expr) bool {
	call, ok := value.(*ast.CallExpr)
	if !ok {
		return false
	}
	_, ok = call.Fun.(*ast.SelectorExpr)
	return ok
}
