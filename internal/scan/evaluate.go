package scan

import (
	"go/ast"
	"go/token"
	"strconv"
)

// evaluation works out types and constant strings of one package's declarations, as far as the linker cares: is it a string, is it a
// constant, and which. It looks at each constant once, at no more than maxSteps expressions in all, and holds no text longer than maxText.
// What is beyond these bounds is unknown.
type evaluation struct {
	*declarations
	steps  int
	consts map[string]operand // those that were worked out; while one is, it is unknown
}

const (
	// maxSteps bounds how many expressions are looked at, maxDepth how deeply they nest.
	maxSteps = 1_000_000
	maxDepth = 1000
	// maxText bounds a constant string that is kept, in bytes. It is a constant all the same.
	maxText = 4 << 10
)

// operand is what is known of an expression.
type operand struct {
	// typ is "string", another type in words, or "" if it is not known; untyped is for constants that take the type of others.
	typ     string
	untyped bool
	// constant says whether the expression is one. text is its value if known.
	constant tristate
	text     string
	known    bool
}

type tristate int

const (
	unknown tristate = iota
	no
	yes
)

const stringType = "string"

// basicTypes are the predeclared types.
var basicTypes = map[string]bool{
	"bool": true, "byte": true, "complex64": true, "complex128": true, "error": true, "float32": true, "float64": true, "int": true,
	"int8": true, "int16": true, "int32": true, "int64": true, "rune": true, stringType: true, "uint": true, "uint8": true, "uint16": true,
	"uint32": true, "uint64": true, "uintptr": true, "any": true,
}

func newEvaluation(d *declarations) *evaluation {
	return &evaluation{declarations: d, consts: make(map[string]operand)}
}

func (e *evaluation) variable(v variable) operand {
	var found operand
	if v.value != nil {
		found = e.value(v.value, 0)
	}
	if v.typ != nil {
		found.typ = e.typ(v.typ, 0)
	}
	return found
}

// typ gives a type in words, "" if an import decides.
func (e *evaluation) typ(expr ast.Expr, depth int) string {
	if e.steps++; e.steps > maxSteps || depth > maxDepth {
		return ""
	}
	switch t := expr.(type) {
	case *ast.ParenExpr:
		return e.typ(t.X, depth+1)
	case *ast.Ident:
		spec := e.types[t.Name]
		switch {
		case spec != nil && spec.Assign.IsValid() && spec.TypeParams == nil:
			return e.typ(spec.Type, depth+1)
		case spec != nil && basicTypes[t.Name]:
			return "the package's own " + t.Name
		case spec != nil:
			return t.Name
		case basicTypes[t.Name]:
			return t.Name
		}
		return ""
	case *ast.SelectorExpr, *ast.IndexExpr, *ast.IndexListExpr, *ast.BadExpr:
		return "" // of another package, or a generic alias
	}
	return words(expr)
}

// words names a type in a message by its kind.
func words(expr ast.Expr) string {
	switch t := expr.(type) {
	case *ast.Ident:
		return t.Name
	case *ast.StarExpr:
		return "a pointer"
	case *ast.ArrayType:
		if t.Len == nil {
			return "a slice"
		}
		return "an array"
	case *ast.MapType:
		return "a map"
	case *ast.ChanType:
		return "a channel"
	case *ast.FuncType:
		return "a function"
	case *ast.StructType:
		return "a struct"
	case *ast.InterfaceType:
		return "an interface"
	}
	return "another type"
}

// value works out an expression. The depth counts from the variable or the constant that it belongs to.
func (e *evaluation) value(expr ast.Expr, depth int) operand {
	if e.steps++; e.steps > maxSteps || depth > maxDepth {
		return operand{}
	}
	switch x := expr.(type) {
	case *ast.BasicLit:
		return literal(x)
	case *ast.ParenExpr:
		return e.value(x.X, depth+1)
	case *ast.Ident:
		return e.name(x.Name, depth)
	case *ast.BinaryExpr:
		return e.binary(x, depth)
	case *ast.UnaryExpr:
		return e.unary(x, depth)
	case *ast.CallExpr:
		return e.call(x, depth)
	case *ast.CompositeLit:
		if x.Type == nil {
			return operand{constant: no}
		}
		return operand{typ: e.typ(x.Type, depth+1), constant: no}
	case *ast.FuncLit:
		return operand{typ: words(x.Type), constant: no}
	case *ast.SelectorExpr:
		return e.selector(x)
	}
	return operand{constant: no} // an element, a slice, what a pointer points to
}

func literal(x *ast.BasicLit) operand {
	found := operand{untyped: true, constant: yes}
	switch x.Kind {
	case token.STRING:
		found.typ = stringType
		if len(x.Value) <= maxText {
			text, err := strconv.Unquote(x.Value)
			found.text, found.known = text, err == nil
		}
	case token.INT:
		found.typ = "int"
	case token.FLOAT:
		found.typ = "float64"
	case token.IMAG:
		found.typ = "complex128"
	case token.CHAR:
		found.typ = "rune"
	}
	return found
}

// name works out what a name stands for. What the package does not declare may come from a dot import.
func (e *evaluation) name(name string, depth int) operand {
	if found, seen := e.consts[name]; seen {
		return found
	}
	if c, ok := e.declarations.consts[name]; ok {
		e.consts[name] = operand{} // for one that is made of itself
		found := e.value(c.value, depth+1)
		if c.typ != nil {
			found.typ, found.untyped = e.typ(c.typ, depth+1), false
		}
		e.consts[name] = found
		return found
	}
	if v, ok := e.vars[name]; ok {
		found := operand{constant: no}
		if v.typ != nil {
			found.typ = e.typ(v.typ, depth+1)
		} else if v.value != nil {
			found.typ = e.value(v.value, depth+1).typ
		}
		return found
	}
	if f := e.funcs[name]; f != nil {
		return operand{typ: words(f.Type), constant: no}
	}
	switch name {
	case "true", "false":
		return operand{typ: "bool", untyped: true, constant: yes}
	case "iota":
		return operand{typ: "int", untyped: true, constant: yes}
	}
	return operand{}
}

func (e *evaluation) binary(x *ast.BinaryExpr, depth int) operand {
	a, b := e.value(x.X, depth+1), e.value(x.Y, depth+1)
	found := operand{typ: a.typ, untyped: a.untyped && b.untyped, constant: both(a.constant, b.constant)}
	if a.untyped {
		found.typ = b.typ
	}
	switch x.Op {
	case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
		found.typ = "bool"
	case token.SHL, token.SHR:
		found.typ = a.typ
	case token.ADD:
		if a.known && b.known && len(a.text)+len(b.text) <= maxText {
			found.text, found.known = a.text+b.text, true
		}
	}
	return found
}

func both(a, b tristate) tristate {
	switch {
	case a == no || b == no:
		return no
	case a == yes && b == yes:
		return yes
	}
	return unknown
}

func (e *evaluation) unary(x *ast.UnaryExpr, depth int) operand {
	found := e.value(x.X, depth+1)
	switch x.Op {
	case token.AND:
		typ := ""
		if found.typ != "" {
			typ = "*" + found.typ
		}
		return operand{typ: typ, constant: no}
	case token.ARROW:
		return operand{constant: no}
	}
	return found
}

// call is a conversion, a builtin function, or a call: that is no constant.
func (e *evaluation) call(x *ast.CallExpr, depth int) operand {
	fun := ast.Unparen(x.Fun)
	name, ok := fun.(*ast.Ident)
	if !ok {
		if _, isArray := fun.(*ast.ArrayType); isArray {
			return operand{typ: words(fun), constant: no}
		}
		return operand{constant: no}
	}
	if f := e.funcs[name.Name]; f != nil {
		return e.result(f, depth)
	}
	if e.types[name.Name] != nil || basicTypes[name.Name] {
		return e.conversion(name, x.Args, depth)
	}
	if _, declared := e.vars[name.Name]; declared {
		return operand{constant: no}
	}
	switch name.Name {
	case "len", "cap":
		found := operand{typ: "int", constant: unknown} // that of an array is a constant
		if len(x.Args) == 1 && e.value(x.Args[0], depth+1).constant == yes {
			found.constant = yes
		}
		return found
	case "min", "max":
		return e.extreme(x.Args, depth)
	case "append", "complex", "copy", "imag", "make", "new", "real", "recover":
		return operand{constant: no}
	}
	return operand{}
}

func (e *evaluation) result(f *ast.FuncDecl, depth int) operand {
	found := operand{constant: no}
	if r := f.Type.Results; r != nil && len(r.List) == 1 && len(r.List[0].Names) <= 1 && f.Type.TypeParams == nil {
		found.typ = e.typ(r.List[0].Type, depth+1)
	}
	return found
}

func (e *evaluation) conversion(to *ast.Ident, args []ast.Expr, depth int) operand {
	found := operand{typ: e.typ(to, depth+1)}
	if len(args) != 1 {
		return found
	}
	from := e.value(args[0], depth+1)
	found.constant = from.constant
	if from.typ == stringType {
		found.text, found.known = from.text, from.known
	}
	return found
}

func (e *evaluation) extreme(args []ast.Expr, depth int) operand {
	found := operand{constant: yes, untyped: true}
	for _, arg := range args {
		a := e.value(arg, depth+1)
		found.constant = both(found.constant, a.constant)
		if found.untyped {
			found.typ, found.untyped = a.typ, a.untyped
		}
	}
	return found
}

// selector is a name of another package, or a field, which is no constant.
func (e *evaluation) selector(x *ast.SelectorExpr) operand {
	if of, ok := x.X.(*ast.Ident); ok {
		if _, variable := e.vars[of.Name]; !variable {
			return operand{}
		}
	}
	return operand{constant: no}
}
