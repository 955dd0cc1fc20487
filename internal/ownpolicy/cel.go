package ownpolicy

import (
	"errors"
	"fmt"

	"github.com/modship-build/modship/internal/policy"
	"github.com/modship-build/modship/internal/rules"
	"github.com/modship-build/modship/internal/yamlfile"
)

// document is the form of a file of YAML.
type document struct {
	Policies []*celPolicy `yaml:"policies"`
	Tests    []*celTest   `yaml:"tests"`
}

// celPolicy is one rule.
type celPolicy struct {
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

// parseYAML reads policies in CEL.
func parseYAML(name string, text []byte) (*File, error) {
	var doc document
	places, err := yamlfile.Read(name, text, &doc)
	if err != nil {
		return nil, err
	}
	env, err := newEnv()
	if err != nil {
		return nil, err
	}
	f := &File{}
	var wrong []error
	for i, p := range doc.Policies {
		at := func(key string) string { return places.At(fmt.Sprintf("policies[%d]%s", i, key)) }
		if p == nil {
			wrong = append(wrong, fmt.Errorf("%s: the policy is empty", at("")))
			continue
		}
		wrong = append(wrong, p.compile(env, name, at))
		rule := rules.Rule{ID: p.ID, Level: rules.Level(p.Level), What: p.Message, Why: p.Help, URL: p.URL, Spec: p.Check.place(name)}
		f.policies = append(f.policies, &compiled{rule, at(".id"), p.complain})
	}
	for i, t := range doc.Tests {
		at := places.At(fmt.Sprintf("tests[%d]", i))
		if t == nil || t.Name == "" {
			wrong = append(wrong, fmt.Errorf("%s: the test has no name", at))
			continue
		}
		f.tests = append(f.tests, func() error {
			if err := t.run(f.policies); err != nil {
				return fmt.Errorf("%s: %w", at, err)
			}
			return nil
		})
	}
	return f, errors.Join(wrong...)
}

// compile checks the policy, whose values are at places.
func (p *celPolicy) compile(env *environment, name string, at func(key string) string) error {
	var wrong []error
	say := func(key, format string, args ...any) {
		wrong = append(wrong, fmt.Errorf("%s: policy %q: "+format, append([]any{at(key), p.ID}, args...)...))
	}
	if p.Level == "" {
		p.Level = string(rules.Error)
	}
	if _, err := rules.ParseLevel(p.Level); err != nil {
		say(".level", "%w", err)
	}
	if p.Check.empty() {
		say(".check", "it has no check")
	}
	if p.Message == "" && p.MessageExpression.empty() {
		say("", "it has neither message nor messageExpression")
	}
	if p.Place == "" {
		p.Place = anywhere
	}
	wrong = append(wrong, p.When.compile(env, name, true), p.Check.compile(env, name, true), p.MessageExpression.compile(env, name, false))
	return errors.Join(wrong...)
}

// complain judges a view.
func (p *celPolicy) complain(view map[string]any) []policy.Complaint {
	fail := func(err error) []policy.Complaint {
		return []policy.Complaint{{Level: rules.Level(p.Level), Place: p.Place, Message: "the policy cannot judge it: " + err.Error(), Help: p.Help}}
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
	return []policy.Complaint{{Level: rules.Level(p.Level), Place: p.Place, Message: message, Help: p.Help}}
}
