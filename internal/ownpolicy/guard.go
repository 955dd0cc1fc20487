package ownpolicy

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// What functions of Rego may be given, in bytes of text and numbers of elements, and what they may make of it. The bounds of an
// evaluation hold between functions; these hold within one, where small values could become large: a value may contain another many times
// that is there once, and a separator stands between all elements.
const (
	maxGiven  = 4 << 20
	maxDigits = 100_000
	maxMade   = 256 << 20
	// maxSteps is how many comparisons a function may take, which it is not stopped within: some seconds.
	maxSteps = 1 << 29
)

// wide are verbs of sprintf with a width or precision of a thousand or more, or one that is an argument.
var wide = regexp.MustCompile(`%[-+# 0-9.\[\]]*([0-9]{4}|\*)`)

// checks say what is too much for a function.
var checks = map[string]func(operands []*ast.Term) bool{
	"json.marshal": given, "yaml.marshal": given, "json.unmarshal": given, "yaml.unmarshal": given, "internal.template_string": given,
	"split": given, "strings.split_n": given, "indexof_n": given,
	"regex.match": matches(1), "regex.split": matches(2), "regex.find_n": matches(2), "regex.find_all_string_submatch_n": matches(2),
	"object.subset": pairs, "strings.any_prefix_match": pairs, "strings.any_suffix_match": pairs,
	"mul": digits, "product": digits, "div": digits, "rem": digits, "format_int": digits, "to_number": digits,
	"concat": func(operands []*ast.Term) bool {
		n := 0
		switch list := operands[1].Value.(type) {
		case *ast.Array:
			n = list.Len()
		case ast.Set:
			n = list.Len()
		}
		return (weight(operands[0], maxMade)+1)*n+weight(operands[1], maxMade) > maxMade
	},
	"sprintf": func(operands []*ast.Term) bool {
		format, _ := operands[0].Value.(ast.String)
		verbs := strings.Count(string(format), "%")
		return wide.MatchString(string(format)) || given(operands) || len(format)+verbs*(1000+weight(operands[1], maxGiven)) > maxMade
	},
}

func given(operands []*ast.Term) bool { return all(operands, maxGiven) > maxGiven }

// pairs is for functions that hold each element of one operand against each of the other.
func pairs(operands []*ast.Term) bool {
	return weight(operands[0], maxGiven)*weight(operands[1], maxGiven) > maxSteps
}

// matches is for functions of regular expressions, which hold each instruction of one against each byte of a text; those that look for all
// matches may do that again for each byte (power 2).
func matches(power int) func([]*ast.Term) bool {
	return func(operands []*ast.Term) bool {
		pattern, _ := operands[0].Value.(ast.String)
		text, _ := operands[1].Value.(ast.String)
		parsed, err := syntax.Parse(string(pattern), syntax.Perl)
		if err != nil || len(text) > maxGiven {
			return err == nil // a wrong pattern is told by the function
		}
		program, err := syntax.Compile(parsed.Simplify())
		steps := len(text) + 1
		if power == 2 {
			steps *= steps
		}
		return err == nil && steps > maxSteps/len(program.Inst)
	}
}

func digits(operands []*ast.Term) bool { return all(operands, maxDigits) > maxDigits }

func init() {
	for name, tooMuch := range checks {
		call := topdown.GetBuiltin(name)
		topdown.RegisterBuiltinFunc(name, func(ctx topdown.BuiltinContext, operands []*ast.Term, iter func(*ast.Term) error) error {
			if tooMuch(operands) {
				return fmt.Errorf("%s has arguments or a result that are too large", name)
			}
			return call(ctx, operands, iter)
		})
	}
}

func all(terms []*ast.Term, limit int) (sum int) {
	for _, term := range terms {
		if sum += weight(term, limit-sum); sum > limit {
			break
		}
	}
	return sum
}

// weight is how many bytes of text and elements a value has when what is in it several times counts as often. It stops beyond the limit.
func weight(term *ast.Term, limit int) int {
	sum := 1
	add := func(t *ast.Term) bool {
		if sum <= limit {
			sum += weight(t, limit-sum)
		}
		return sum > limit
	}
	switch v := term.Value.(type) {
	case ast.String:
		sum += len(v)
	case ast.Number:
		sum += len(v)
	case *ast.Array:
		v.Until(add)
	case ast.Set:
		v.Until(add)
	case ast.Object:
		v.Until(func(key, value *ast.Term) bool { return add(key) || add(value) })
	}
	return sum
}
