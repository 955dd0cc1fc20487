package ownpolicy

import (
	"errors"
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/ext"
	"github.com/goccy/go-yaml/ast"
)

// Expression is one of CEL in a file.
type Expression struct {
	text         string
	line, column int
	program      cel.Program
	name         string
}

// UnmarshalYAML keeps the place of the expression.
func (e *Expression) UnmarshalYAML(node ast.Node) error {
	at := node.GetToken().Position
	e.line, e.column = at.Line, at.Column
	switch n := node.(type) {
	case *ast.LiteralNode:
		// The text of a block starts on the line after its mark; how far it is indented is not told.
		e.text, e.line, e.column = n.Value.Value, n.Start.Position.Line+1, 1
	case ast.ScalarNode:
		e.text = fmt.Sprint(n.GetValue())
	default:
		return fmt.Errorf("[%d:%d] an expression is a text", at.Line, at.Column)
	}
	return nil
}

// The bounds of an expression: of the bytes of its text and of the steps that it may take.
const (
	maxExpression = 16 << 10
	maxCost       = 5_000_000
)

type environment = cel.Env

// newEnv has what expressions see.
func newEnv() (*environment, error) {
	options := []cel.EnvOption{
		cel.OptionalTypes(), cel.CrossTypeNumericComparisons(true), cel.ParserExpressionSizeLimit(maxExpression),
		ext.Strings(), ext.Sets(), ext.Lists(),
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

// compile checks the expression, whose result is a truth value or a text.
func (e *Expression) compile(env *environment, name string, truth bool) error {
	if e.text == "" {
		return nil
	}
	e.name = name
	tree, issues := env.Compile(e.text)
	if issues != nil && issues.Err() != nil {
		var wrong []error
		for _, issue := range issues.Errors() {
			wrong = append(wrong, e.at(issue.Location.Line(), issue.Location.Column(), issue.Message))
		}
		return errors.Join(wrong...)
	}
	want := cel.StringType
	if truth {
		want = cel.BoolType
	}
	if got := tree.OutputType(); !got.IsExactType(want) && !got.IsExactType(cel.DynType) {
		return e.at(1, 0, fmt.Sprintf("it gives %s, not %s", got, want))
	}
	program, err := env.Program(tree, cel.CostLimit(maxCost))
	if err != nil {
		return e.at(1, 0, err.Error())
	}
	e.program = program
	return nil
}

// at is an error at a place of the expression, as a place of the file.
func (e *Expression) at(line, column int, message string) error {
	if line == 1 {
		column += e.column - 1
	}
	return fmt.Errorf("%s:%d:%d: %s", e.name, e.line+line-1, column+1, message)
}

func (e *Expression) eval(view map[string]any) (any, error) {
	value, _, err := e.program.Eval(view)
	if err != nil {
		return nil, e.at(1, 0, err.Error())
	}
	return value.Value(), nil
}

func (e *Expression) bool(view map[string]any) (bool, error) {
	value, err := e.eval(view)
	if err != nil {
		return false, err
	}
	truth, ok := value.(bool)
	if !ok {
		return false, e.at(1, 0, fmt.Sprintf("it gives %T, not true or false", value))
	}
	return truth, nil
}

func (e *Expression) string(view map[string]any) (string, error) {
	value, err := e.eval(view)
	if err != nil {
		return "", err
	}
	text, ok := value.(string)
	if !ok {
		return "", e.at(1, 0, fmt.Sprintf("it gives %T, not a text", value))
	}
	return text, nil
}
