package ownpolicy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/ext"
	yaml "github.com/goccy/go-yaml/ast"
)

// Expression is one of CEL in a file.
type Expression struct {
	text         string
	line, column int
	program      cel.Program
	bounds       bounds
	name         string
	// noText says that there is something else than a text.
	noText bool
}

// UnmarshalYAML keeps the place of the expression.
func (e *Expression) UnmarshalYAML(node yaml.Node) error {
	at := node.GetToken().Position
	e.line, e.column = at.Line, at.Column
	switch n := node.(type) {
	case *yaml.LiteralNode:
		// The text of a block starts on the line after its mark; how far it is indented is not told.
		e.text, e.line, e.column = n.Value.Value, n.Start.Position.Line+1, 1
	case yaml.ScalarNode:
		e.text = fmt.Sprint(n.GetValue())
	default:
		e.noText = true
	}
	return nil
}

// The bounds of an expression: of the bytes of its text, of the steps that it may take, of the elements that one value may have with all
// that is in it (ten bytes of a text count as one), of how deep lists and maps are in each other, and of the text that join gives. Steps
// are counted when a function has returned. So there are no functions that give much more than they are given, and, since a value has
// a bound, those that remain end.
const (
	maxExpression = 16 << 10
	maxCost       = 5_000_000
	maxValue      = 2_000_000
	maxDepth      = 200
	maxJoined     = 1 << 20
)

// leftOut are functions of the libraries that make a large text of small ones in one step, or compare each element with each. The libraries
// are taken in versions that have few more of them: those of format and join, and those that take lists for sets, are later.
var leftOut = []string{"replace", "distinct"}

type environment = cel.Env

// newEnv has what expressions see.
func newEnv() (*environment, error) {
	options := []cel.EnvOption{
		cel.OptionalTypes(), cel.CrossTypeNumericComparisons(true), cel.ParserExpressionSizeLimit(maxExpression),
		ext.Strings(ext.StringsVersion(0)), ext.Lists(ext.ListsVersion(4)),
		cel.Function("join",
			cel.MemberOverload("list_join", []*cel.Type{cel.ListType(cel.StringType)}, cel.StringType,
				cel.UnaryBinding(func(list ref.Val) ref.Val { return join(list, types.String("")) })),
			cel.MemberOverload("list_join_string", []*cel.Type{cel.ListType(cel.StringType), cel.StringType}, cel.StringType, cel.BinaryBinding(join))),
	}
	for _, name := range []string{"image", "labels", "index", "manifest", "config", "user", "start", "programs", "main"} {
		options = append(options, cel.Variable(name, cel.DynType))
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		return nil, fmt.Errorf("preparing CEL: %w", err)
	}
	return env, nil
}

// join is that of the library of texts, with a bound.
func join(list, between ref.Val) ref.Val {
	var joined strings.Builder
	separator := string(between.(types.String))
	for it, first := list.(traits.Lister).Iterator(), true; it.HasNext() == types.True; first = false {
		text, ok := it.Next().(types.String)
		if !ok {
			return types.NewErr("join is for lists of texts")
		}
		if !first {
			joined.WriteString(separator)
		}
		if joined.Len()+len(text)+len(separator) > maxJoined {
			return types.NewErr("join gives more than %d bytes", maxJoined)
		}
		joined.WriteString(string(text))
	}
	return types.String(joined.String())
}

// textCost counts the text that functions make as steps, a tenth of a byte each, as CEL does for those of its own.
type textCost struct{}

func (textCost) CallCost(_, _ string, _ []ref.Val, result ref.Val) *uint64 {
	text, ok := result.(types.String)
	if !ok {
		return nil
	}
	steps := 1 + uint64(len(text))/10
	return &steps
}

// allowed refuses what is left out.
func (e *Expression) allowed(tree *cel.Ast) error {
	var wrong []error
	ast.PreOrderVisit(tree.NativeRep().Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		if x.Kind() != ast.CallKind {
			return
		}
		call, place := x.AsCall(), tree.NativeRep().SourceInfo().GetStartLocation(x.ID())
		switch name := call.FunctionName(); {
		case slices.Contains(leftOut, name):
			wrong = append(wrong, e.at(place.Line(), place.Column(), fmt.Sprintf("there is no %s: nothing bounds what it takes", name)))
		case strings.HasPrefix(name, "get") && len(call.Args()) > 0:
			// The zones are files of the machine, and "Local" is its own.
			wrong = append(wrong, e.at(place.Line(), place.Column(), fmt.Sprintf("%s takes no zone: a policy sees the image, and not the machine", name)))
		}
	}))
	return errors.Join(wrong...)
}

// compile checks the expression, whose result is a truth value or a text.
func (e *Expression) compile(env *environment, name string, truth bool) error {
	if e.empty() {
		return nil
	}
	e.name = name
	if e.noText {
		return e.at(1, 0, "an expression is a text")
	}
	tree, issues := env.Compile(e.text)
	if issues != nil && issues.Err() != nil {
		var wrong []error
		for _, issue := range issues.Errors() {
			wrong = append(wrong, e.at(issue.Location.Line(), issue.Location.Column(), issue.Message))
		}
		return errors.Join(wrong...)
	}
	if err := e.allowed(tree); err != nil {
		return err
	}
	want := cel.StringType
	if truth {
		want = cel.BoolType
	}
	if got := tree.OutputType(); !got.IsExactType(want) && !got.IsExactType(cel.DynType) {
		return e.at(1, 0, fmt.Sprintf("it gives %s, not %s", got, want))
	}
	size := types.NewSizeCalculator(types.SizeCalculatorMaxDepth(maxDepth), types.SizeCalculatorMaxTraversal(maxValue))
	program, err := env.Program(tree, cel.CostLimit(maxCost), cel.CostTracking(textCost{}), cel.InterruptCheckFrequency(100),
		cel.MemoryTracking(types.MemoryTrackerSizeCalculator(size), types.MemoryTrackerLimit(maxValue)))
	if err != nil {
		return e.at(1, 0, err.Error())
	}
	e.program, e.bounds = program, evalBounds
	return nil
}

// empty says that there is no expression.
func (e *Expression) empty() bool { return e.text == "" && !e.noText }

// place is where the expression begins.
func (e *Expression) place(name string) string {
	return fmt.Sprintf("%s:%d:%d", name, max(e.line, 1), max(e.column, 1))
}

// at is an error at a place of the expression, as a place of the file.
func (e *Expression) at(line, column int, message string) error {
	if line == 1 {
		column += e.column - 1
	}
	return fmt.Errorf("%s:%d:%d: %s", e.name, e.line+line-1, column+1, message)
}

func (e *Expression) eval(view map[string]any) (ref.Val, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	value, err := within(e.bounds, cancel, func() (ref.Val, error) {
		value, _, err := e.program.ContextEval(ctx, view)
		return value, err
	})
	if err != nil {
		return nil, e.at(1, 0, err.Error())
	}
	return value, nil
}

func (e *Expression) bool(view map[string]any) (bool, error) {
	value, err := e.eval(view)
	if err != nil {
		return false, err
	}
	truth, ok := value.(types.Bool)
	if !ok {
		return false, e.at(1, 0, fmt.Sprintf("it gives %s, not true or false", value.Type().TypeName()))
	}
	return bool(truth), nil
}

func (e *Expression) string(view map[string]any) (string, error) {
	value, err := e.eval(view)
	if err != nil {
		return "", err
	}
	text, ok := value.(types.String)
	if !ok {
		return "", e.at(1, 0, fmt.Sprintf("it gives %s, not a text", value.Type().TypeName()))
	}
	return string(text), nil
}
