package scan

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

// declarations are a package's, as far as they decide what -X can set: a variable of type string "declared in the source code
// either uninitialized or initialized to a constant string expression" (go doc cmd/link).
//
// The type checker of the standard library would tell more, but it has no bound: of a few lines of source that no compiler would finish
// with either it makes types without an end, or constants of gigabytes. So values are worked out here, as far as they can be without
// following imports and within bounds; see [evaluation].
type declarations struct {
	importPath string
	vars       map[string]variable
	consts     map[string]constant
	types      map[string]*ast.TypeSpec
	funcs      map[string]*ast.FuncDecl
	// evaluation serves all variables: together they must not take longer than its bounds let one.
	evaluation *evaluation
}

type variable struct {
	// typ is the type that stands there, or nil; value is the expression for it, or nil. A call that gives several values stands for
	// each.
	typ, value ast.Expr
	// at is where its name stands in the file, whose name has no folder.
	at token.Position
	// embedded says that go:embed fills it: -X would replace that.
	embedded bool
}

type constant struct{ typ, value ast.Expr }

// maxParsed is the largest file that is looked at for declarations, in bytes: its syntax tree takes some fifty times as much.
const maxParsed = 4 << 20

// declarations parses the files of a package, once for all platforms that it has the same files on.
func (s *survey) declarations(p Package) *declarations {
	key := p.Dir + "\x00" + strings.Join(p.Files, "\x00")
	if d := s.declared[key]; d != nil {
		return d
	}
	d := &declarations{
		importPath: p.ImportPath, vars: make(map[string]variable), consts: make(map[string]constant),
		types: make(map[string]*ast.TypeSpec), funcs: make(map[string]*ast.FuncDecl),
	}
	for _, name := range p.Files {
		if path.Ext(name) != ".go" {
			continue
		}
		text, err := s.tree.text(p.Dir, name)
		if err != nil || len(text) > maxParsed {
			continue // reported with the package, or it has its variables elsewhere
		}
		// Of a file with mistakes this is what can be understood; the compiler reports them.
		fset := token.NewFileSet()
		if f, _ := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution); f != nil {
			d.collect(fset, f)
		}
	}
	d.evaluation = newEvaluation(d)
	s.declared[key] = d
	return d
}

// collect adds what a file declares at its top.
func (d *declarations) collect(fset *token.FileSet, f *ast.File) {
	for _, decl := range f.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv == nil {
				d.funcs[decl.Name.Name] = decl
			}
		case *ast.GenDecl:
			d.collectGroup(fset, decl)
		}
	}
}

func (d *declarations) collectGroup(fset *token.FileSet, group *ast.GenDecl) {
	var last constant // a constant without a value has the type and the value of the one before
	for _, spec := range group.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			d.types[s.Name.Name] = s
		case *ast.ValueSpec:
			embedded := embeds(s.Doc) || !group.Lparen.IsValid() && embeds(group.Doc)
			for i, name := range s.Names {
				var value ast.Expr
				if len(s.Values) > 0 {
					value = s.Values[min(i, len(s.Values)-1)]
				}
				if group.Tok == token.VAR {
					d.vars[name.Name] = variable{s.Type, value, fset.Position(name.Pos()), embedded}
					continue
				}
				if value != nil {
					last = constant{s.Type, value}
				}
				d.consts[name.Name] = last
			}
		}
	}
}

func embeds(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

// check says what keeps the linker from setting a variable. Where that depends on an imported package, or takes more than the
// bounds to work out, there is no problem, but no certainty either.
func (d *declarations) check(name string) (problem *diag.Error, certain bool) {
	if v, ok := d.vars[name]; ok {
		return d.checkVar(name, v)
	}
	if _, ok := d.consts[name]; ok {
		return &diag.Error{Msg: fmt.Sprintf("%s is a constant", name), Help: "make it a variable"}, true
	}
	if d.types[name] != nil || d.funcs[name] != nil {
		return &diag.Error{Msg: fmt.Sprintf("%s is not a variable", name)}, true
	}
	e := &diag.Error{Msg: fmt.Sprintf("package %s has no variable %s", d.importPath, name)}
	e.Help = diag.Suggest(name, slices.Sorted(maps.Keys(d.vars)))
	return e, true
}

// holds tells whether a name stands for a value.
func (d *declarations) holds(name string) bool {
	_, isVar := d.vars[name]
	_, isConst := d.consts[name]
	return isVar || isConst
}

func (d *declarations) checkVar(name string, v variable) (problem *diag.Error, certain bool) {
	if v.embedded {
		return &diag.Error{Msg: fmt.Sprintf("%s holds a file, by go:embed", name)}, true
	}
	found := d.evaluation.variable(v)
	switch {
	case found.constant == no && v.value != nil && isCall(v.value):
		return notConstant(name), true
	case found.typ != "" && found.typ != stringType:
		return &diag.Error{Msg: fmt.Sprintf("%s is of type %s, not string", name, found.typ)}, true
	case v.value != nil && found.constant == no:
		return notConstant(name), true
	case found.typ == "" || v.value != nil && found.constant == unknown:
		return nil, false
	}
	return nil, true
}

// initial gives the constant string that a variable begins with, "" if it has no value. known is false where it could not be worked out.
func (d *declarations) initial(name string) (value string, known bool) {
	v, ok := d.vars[name]
	if !ok {
		return "", false
	}
	if v.value == nil {
		return "", true
	}
	found := d.evaluation.variable(v)
	return found.text, found.known
}

func isCall(value ast.Expr) bool {
	_, ok := value.(*ast.CallExpr)
	return ok
}

func notConstant(name string) *diag.Error {
	return &diag.Error{
		Msg:  fmt.Sprintf("the initial value of %s is not a constant", name),
		Help: "the linker sets variables without an initial value or with a constant one",
	}
}
