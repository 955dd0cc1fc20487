// Package ownpolicy reads policies that users write for images, in YAML with expressions of CEL (https://cel.dev) or in Rego
// (https://www.openpolicyagent.org/docs/policy-language), over the view of package policy. A policy becomes a rule as those of the table are.
//
//	policies:
//	  - id: approved-base
//	    check: labels[?"org.opencontainers.image.base.name"].orValue("").startsWith("example.com/base/")
//	    message: the base image is not one of ours
//
//	package approved_base
//
//	deny contains "the base image is not one of ours" if {
//		not startswith(input.labels["org.opencontainers.image.base.name"], "example.com/base/")
//	}
//
// Policies see nothing but the image: there is no network, clock or environment, and what they may take is bounded. One that fails on an
// image is a finding: what cannot be judged has not passed.
package ownpolicy

import (
	"errors"
	"fmt"
	"path"
	"regexp"

	"github.com/modship-build/modship/internal/policy"
	"github.com/modship-build/modship/internal/rules"
)

// File is a file of policies, of either language.
type File struct {
	policies []*compiled
	tests    []func() error
}

// compiled is a policy that can judge.
type compiled struct {
	// rule rests on the place where the policy stands.
	rule rules.Rule
	// named is where its ID stands.
	named    string
	complain func(view map[string]any) []policy.Complaint
}

// anywhere is the place of what a policy finds if it names none.
const anywhere = "image"

var idForm = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// Parse reads a file of policies, of Rego if its name ends in .rego, and compiles them. Errors name the place, all mistakes at once.
func Parse(name string, text []byte) (*File, error) {
	parse := parseYAML
	if path.Ext(name) == ".rego" {
		parse = parseRego
	}
	f, err := parse(name, text)
	if err != nil {
		return nil, err
	}
	return f, f.check()
}

// check holds the IDs against their form, against each other and against the table's.
func (f *File) check() error {
	var wrong []error
	seen := map[string]bool{}
	for _, p := range f.policies {
		id := p.rule.ID
		if !idForm.MatchString(id) {
			wrong = append(wrong, fmt.Errorf("%s: %q: an id is of small letters, digits and dashes, such as approved-base", p.named, id))
		}
		if _, err := rules.All().Find(id); err == nil || seen[id] {
			wrong = append(wrong, fmt.Errorf("%s: there is a rule %q already", p.named, id))
		}
		seen[id] = true
	}
	return errors.Join(wrong...)
}

// Rules gives the policies as rules.
func (f *File) Rules() policy.Table {
	var table policy.Table
	for _, p := range f.policies {
		rule := p.rule
		if rule.What == "" {
			rule.What = "The policy " + rule.ID + " complains of nothing."
		}
		table = append(table, policy.Own(rule, p.judge))
	}
	return table
}

func (p *compiled) judge(img policy.Image) []policy.Complaint {
	values, err := policy.NewView(img).Values()
	if err != nil {
		return []policy.Complaint{{Place: anywhere, Message: err.Error()}}
	}
	return p.complain(values)
}

// Tests is how many tests the file has.
func (f *File) Tests() int { return len(f.tests) }

// Run runs the tests of the file, and gives what is wrong of each that fails, with its place.
func (f *File) Run() (failed []error) {
	for _, test := range f.tests {
		if err := test(); err != nil {
			failed = append(failed, err)
		}
	}
	return failed
}
