// Package ownpolicy reads policies that users write for images: YAML with expressions of CEL (https://cel.dev) over the view of package
// policy. A policy becomes a rule as those of the table are.
//
//	policies:
//	  - id: approved-base
//	    check: labels[?"org.opencontainers.image.base.name"].orValue("").startsWith("example.com/base/")
//	    message: the base image is not one of ours
//
// The expressions see nothing but the image: there is no network, clock or environment, and their cost is bounded. One that fails on an
// image, because it asks for a key that is not there, is a finding: what cannot be judged has not passed.
package ownpolicy

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/goccy/go-yaml"

	"github.com/modship-build/modship/internal/policy"
	"github.com/modship-build/modship/internal/rules"
)

// File is a file of policies.
type File struct {
	Policies []*Policy `yaml:"policies"`
	Tests    []*Test   `yaml:"tests"`

	name string
}

// Policy is one rule.
type Policy struct {
	ID    string `yaml:"id"`
	Level string `yaml:"level"`
	// When says which images the policy is for; all if it is empty. Check must be true of them.
	When  Expression `yaml:"when"`
	Check Expression `yaml:"check"`
	// Message says what is wrong where it is not. MessageExpression gives it instead.
	Message           string     `yaml:"message"`
	MessageExpression Expression `yaml:"messageExpression"`
	Help              string     `yaml:"help"`
	URL               string     `yaml:"url"`
	// Place is where in the image the finding is.
	Place string `yaml:"place"`
}

var idForm = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// Parse reads a file of policies, and compiles their expressions. Errors name the place, all mistakes at once.
func Parse(name string, text []byte) (*File, error) {
	f := &File{name: name}
	if err := yaml.UnmarshalWithOptions(text, f, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	env, err := newEnv()
	if err != nil {
		return nil, err
	}
	var wrong []error
	seen := map[string]bool{}
	for i, p := range f.Policies {
		if p == nil {
			wrong = append(wrong, fmt.Errorf("%s: policies[%d] is empty", name, i))
			continue
		}
		if err := p.compile(env, name); err != nil {
			wrong = append(wrong, err)
		}
		if _, err := rules.All().Find(p.ID); err == nil || seen[p.ID] {
			wrong = append(wrong, fmt.Errorf("%s: policies[%d]: there is a rule %q already", name, i, p.ID))
		}
		seen[p.ID] = true
	}
	for i, t := range f.Tests {
		if t == nil || t.Name == "" {
			wrong = append(wrong, fmt.Errorf("%s: tests[%d] has no name", name, i))
		}
	}
	return f, errors.Join(wrong...)
}

func (p *Policy) compile(env *environment, name string) error {
	var wrong []error
	say := func(format string, args ...any) {
		wrong = append(wrong, fmt.Errorf("%s: policy %q: "+format, append([]any{name, p.ID}, args...)...))
	}
	if !idForm.MatchString(p.ID) {
		say("an id is of small letters, digits and dashes, such as approved-base")
	}
	if p.Level == "" {
		p.Level = string(policy.Error)
	}
	if _, err := rules.ParseLevel(p.Level); err != nil {
		say("%w", err)
	}
	if p.Check.text == "" {
		say("it has no check")
	}
	if p.Message == "" && p.MessageExpression.text == "" {
		say("it has neither message nor messageExpression")
	}
	if p.Place == "" {
		p.Place = "image"
	}
	wrong = append(wrong, p.When.compile(env, name, true), p.Check.compile(env, name, true), p.MessageExpression.compile(env, name, false))
	return errors.Join(wrong...)
}

// Rules gives the policies as rules.
func (f *File) Rules() policy.Table {
	var table policy.Table
	for _, p := range f.Policies {
		page := p.URL
		if page == "" {
			page = f.name
		}
		table = append(table, policy.Own(rules.Rule{ID: p.ID, Level: rules.Level(p.Level), What: p.Message, Why: p.Help, Page: page, Spec: f.name}, p.judge))
	}
	return table
}

func (p *Policy) judge(img policy.Image) []policy.Complaint {
	values, err := policy.NewView(img).Values()
	if err != nil {
		return []policy.Complaint{{Place: p.Place, Message: err.Error()}}
	}
	return p.complain(values)
}

// complain judges a view.
func (p *Policy) complain(view map[string]any) []policy.Complaint {
	fail := func(err error) []policy.Complaint {
		return []policy.Complaint{{Place: p.Place, Message: "the policy cannot judge it: " + err.Error(), Help: p.Help}}
	}
	if p.When.text != "" {
		wanted, err := p.When.bool(view)
		if err != nil {
			return fail(err)
		}
		if !wanted {
			return nil
		}
	}
	good, err := p.Check.bool(view)
	if err != nil {
		return fail(err)
	}
	if good {
		return nil
	}
	message := p.Message
	if p.MessageExpression.text != "" {
		if message, err = p.MessageExpression.string(view); err != nil {
			return fail(err)
		}
	}
	return []policy.Complaint{{Place: p.Place, Message: message, Help: p.Help}}
}
