package scan

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/diag"
)

func TestChoose(t *testing.T) {
	one := &Result{Mains: []Main{{ImportPath: "example.com/m/cmd/x", Dir: "cmd/x"}}, Looked: 3}
	two := &Result{Mains: []Main{{ImportPath: "example.com/m", Dir: "."}, one.Mains[0]}, Looked: 3}
	many := &Result{Looked: 40}
	for i := range 40 {
		many.Excluded = append(many.Excluded, fmt.Sprintf("cmd/x%d", i))
	}
	missed := &Result{Mains: one.Mains, Missed: []Miss{{Main: "./other", Reason: "x"}, {Main: "./lib", Reason: "./lib is package lib, not main"}}}
	for _, test := range []struct {
		result *Result
		main   string
		dir    string   // or
		errors []string // what the message has
	}{
		{result: one, dir: "cmd/x"},
		{result: one, main: "./cmd/x", dir: "cmd/x"},
		{result: one, main: "./cmd/x/", dir: "cmd/x"},
		{result: one, main: "./cmd/../cmd/x", dir: "cmd/x"},
		{result: one, main: "example.com/m/cmd/x", dir: "cmd/x"},
		{result: two, main: ".", dir: "."},
		{result: two, main: "./", dir: "."},
		{result: two, main: "example.com/m", dir: "."},
		{result: one, main: "cmd/x", errors: []string{`no main package "cmd/x"`, `did you mean "./cmd/x"?`}},
		{result: one, main: "./zzzzzz", errors: []string{"main packages are ./cmd/x"}},
		{result: missed, main: "./lib", errors: []string{"is package lib, not main", "./cmd/x"}},
		{result: two, errors: []string{"2 main packages: ., ./cmd/x", "main:"}},
		{result: many, errors: []string{"build constraints", "./cmd/x9, and 30 more"}},
		{result: &Result{}, errors: []string{"no directory of the module has Go files", ".dockerignore"}},
		{result: &Result{Looked: 1}, errors: []string{"the one directory with Go files is a library"}},
		{result: &Result{Looked: 7}, errors: []string{"all 7 directories with Go files are libraries"}},
		{result: &Result{}, main: "./x", errors: []string{`no main package "./x"`}},
	} {
		got, err := test.result.Choose(test.main)
		if got.Dir != test.dir || (err == nil) != (test.errors == nil) {
			t.Errorf("%q of %d chooses %q, %v; want %q", test.main, len(test.result.Mains), got.Dir, err, test.dir)
			continue
		}
		for _, want := range test.errors {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q of %d: the message lacks %q: %v", test.main, len(test.result.Mains), want, err)
			}
		}
		if _, ok := errors.AsType[*diag.Error](err); err != nil && !ok {
			t.Errorf("%q: %T is no diag.Error", test.main, err)
		}
	}
}
