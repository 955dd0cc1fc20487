package ownpolicy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// regoQuery is the value of a rule, ready to be asked for.
type regoQuery struct {
	prepared rego.PreparedEvalQuery
	bounds   bounds
}

func newRegoQuery(compiler *ast.Compiler, path ast.Ref) (*regoQuery, error) {
	// The value comes as JSON, because json.marshal refuses one that is too large, see checks.
	// A function that fails is an error and not a condition that does not hold: what cannot be judged has not passed.
	prepared, err := rego.New(rego.ParsedQuery(ast.NewBody(ast.JSONMarshal.Expr(ast.NewTerm(path), ast.VarTerm("text")))), rego.Compiler(compiler), rego.StrictBuiltinErrors(true)).
		PrepareForEval(context.Background())
	if err != nil {
		return nil, located(err)
	}
	return &regoQuery{prepared, evalBounds}, nil
}

// eval gives the value of the rule as one of JSON, or nil if it has none.
func (q *regoQuery) eval(view map[string]any) (any, error) {
	input, err := ast.InterfaceToValue(view)
	if err != nil {
		return nil, fmt.Errorf("reading the view: %w", err)
	}
	cancel := topdown.NewCancel()
	found, err := within(q.bounds, cancel.Cancel, func() (rego.ResultSet, error) {
		return q.run(rego.EvalParsedInput(input), rego.EvalExternalCancel(cancel), rego.EvalSortSets(true))
	})
	if err != nil {
		return nil, located(err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	text, _ := found[0].Bindings["text"].(string)
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return nil, fmt.Errorf("reading what the rule gives: %w", err)
	}
	return value, nil
}

// run evaluates. The interpreter panics on some values, such as a number of JSON that is too large to be one.
func (q *regoQuery) run(options ...rego.EvalOption) (found rego.ResultSet, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the interpreter of Rego failed: %v", r)
		}
	}()
	return q.prepared.Eval(context.Background(), options...)
}

// located gives errors of the compiler and of evaluations with line and column.
func located(err error) error {
	var all ast.Errors
	var one *ast.Error
	var failed *topdown.Error
	switch {
	case errors.As(err, &all):
		var joined []error
		for _, e := range all {
			joined = append(joined, fmt.Errorf("%s: %s", at(e.Location), regoMessage(e)))
		}
		return errors.Join(joined...)
	case errors.As(err, &one):
		return fmt.Errorf("%s: %s", at(one.Location), regoMessage(one))
	case errors.As(err, &failed) && failed.Location != nil:
		return fmt.Errorf("%s: %s", at(failed.Location), failed.Message)
	}
	return err
}

// regoMessage says of a function that Rego has and policies have not why it is not there.
func regoMessage(e *ast.Error) string {
	name, undefined := strings.CutPrefix(e.Message, "undefined function ")
	if _, known := ast.BuiltinMap[name]; undefined && known {
		return fmt.Sprintf("there is no %s: a policy sees the image, and neither a network, a clock, the environment nor chance", name)
	}
	return e.Message
}

// at is a place in the file. The end of a text has no column.
func at(l *ast.Location) string {
	if l == nil {
		return "?"
	}
	return fmt.Sprintf("%s:%d:%d", l.File, l.Row, max(l.Col, 1))
}
