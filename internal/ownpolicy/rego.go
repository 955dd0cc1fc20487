package ownpolicy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/modship-build/modship/internal/policy"
	"github.com/modship-build/modship/internal/rules"
)

// verbs are the names of rules of Rego that complain, with the level of what they find.
var verbs = map[string]rules.Level{"deny": rules.Error, "warn": rules.Warn, "info": rules.Info}

const (
	testPrefix = "test_"
	maxRego    = 1 << 20
)

// parseRego compiles a file of Rego, version 1.
func parseRego(name string, text []byte) (*File, error) {
	if len(text) > maxRego {
		return nil, fmt.Errorf("%s: it has more than %d bytes", name, maxRego)
	}
	able := capabilities()
	module, err := ast.ParseModuleWithOpts(name, string(text), ast.ParserOptions{RegoVersion: ast.RegoV1, ProcessAnnotation: true, Capabilities: able})
	if err != nil {
		return nil, located(err)
	}
	if module == nil {
		return nil, fmt.Errorf("%s:1:1: it has no package", name)
	}
	schemas := ast.NewSchemaSet()
	view, err := emptyView()
	if err != nil {
		return nil, err
	}
	schemas.Put(ast.SchemaRootRef, viewSchema(view))
	compiler := ast.NewCompiler().WithCapabilities(able).WithSchemas(schemas).WithStrict(true).WithDefaultRegoVersion(ast.RegoV1)
	// The rules that are there are those of the text; the compiler adds to its copy.
	found, err := regoRules(module)
	if err != nil {
		return nil, err
	}
	if compiler.Compile(map[string]*ast.Module{name: module}); compiler.Failed() {
		return nil, located(compiler.Errors)
	}
	if err := onlyOwnData(compiler.Modules[name]); err != nil {
		return nil, err
	}
	return found.file(compiler)
}

// regoRule is all that has one name in a package: what complains, or a test.
type regoRule struct {
	name  string
	level rules.Level
	path  ast.Ref
	at    *ast.Location
	notes *ast.Annotations
	query *regoQuery
}

type regoFile struct {
	policies map[string][]*regoRule // by ID
	tests    []*regoRule
}

// regoRules finds what complains and the tests among the rules of a module.
func regoRules(module *ast.Module) (*regoFile, error) {
	f := &regoFile{policies: map[string][]*regoRule{}}
	byName := map[string]*regoRule{}
	var wrong []error
	for _, r := range module.Rules {
		name := r.Head.Ref().String()
		verb, suffix, _ := strings.Cut(name, "_")
		level, complains := verbs[verb]
		test := strings.HasPrefix(name, testPrefix)
		switch {
		case !complains && !test:
			continue
		case complains && r.Head.RuleKind() != ast.MultiValue || len(r.Head.Args) > 0:
			wrong = append(wrong, fmt.Errorf("%s: a rule that complains is a set, as %s contains … if { … } is", at(r.Location), verb))
			continue
		}
		known := byName[name]
		if known == nil {
			known = &regoRule{name: name, level: level, path: module.Package.Path.Append(ast.StringTerm(name)), at: r.Location}
			byName[name] = known
			if test {
				f.tests = append(f.tests, known)
			} else {
				id := regoID(module, suffix)
				f.policies[id] = append(f.policies[id], known)
			}
		}
		for _, notes := range r.Annotations {
			known.notes = notes
		}
	}
	if len(f.policies) == 0 && len(wrong) == 0 {
		wrong = append(wrong, fmt.Errorf("%s: the package has no rule deny, warn or info", at(module.Package.Location)))
	}
	return f, errors.Join(wrong...)
}

// regoID is what follows the verb of a rule, or the last part of the package's name.
func regoID(module *ast.Module, suffix string) string {
	if suffix == "" {
		path := module.Package.Path
		suffix = string(path[len(path)-1].Value.(ast.String))
	}
	return strings.ReplaceAll(suffix, "_", "-")
}

// file makes rules and tests of what is compiled.
func (f *regoFile) file(compiler *ast.Compiler) (*File, error) {
	out := &File{}
	var wrong []error
	for _, id := range slices.Sorted(maps.Keys(f.policies)) {
		all := f.policies[id]
		rule := rules.Rule{ID: id, Level: rules.Info, Spec: at(all[0].at)}
		for _, r := range all {
			wrong = append(wrong, r.prepare(compiler))
			if r.level.AtLeast(rule.Level) {
				rule.Level = r.level
			}
			r.describe(&rule)
		}
		out.policies = append(out.policies, &compiled{rule: rule, named: rule.Spec, complain: func(view map[string]any) (found []policy.Complaint) {
			for _, r := range all {
				found = append(found, r.complain(view)...)
			}
			return found
		}})
	}
	for _, r := range f.tests {
		wrong = append(wrong, r.prepare(compiler))
		out.tests = append(out.tests, r.test)
	}
	return out, errors.Join(wrong...)
}

func (r *regoRule) prepare(compiler *ast.Compiler) (err error) {
	r.query, err = newRegoQuery(compiler, r.path)
	return err
}

// describe takes what the annotations of a rule say of it.
func (r *regoRule) describe(rule *rules.Rule) {
	if r.notes == nil {
		return
	}
	if rule.What == "" {
		rule.What, rule.Why = r.notes.Title, r.notes.Description
	}
	if len(r.notes.RelatedResources) > 0 {
		rule.URL = r.notes.RelatedResources[0].Ref.String()
	}
}

// complain gives what the rule says of a view.
func (r *regoRule) complain(view map[string]any) []policy.Complaint {
	fail := func(err error) []policy.Complaint {
		return []policy.Complaint{{Level: r.level, Place: anywhere, Message: "the policy cannot judge it: " + err.Error()}}
	}
	value, err := r.query.eval(view)
	if err != nil {
		return fail(err)
	}
	set, ok := value.([]any)
	if !ok {
		return fail(fmt.Errorf("%s: it gives no set", at(r.at)))
	}
	var found []policy.Complaint
	for _, element := range set {
		complaint, err := r.complaint(element)
		if err != nil {
			return fail(err)
		}
		found = append(found, complaint)
	}
	return found
}

// complaint reads an element of the set: a text, or an object with msg and, perhaps, place and help.
func (r *regoRule) complaint(element any) (policy.Complaint, error) {
	c := policy.Complaint{Level: r.level, Place: anywhere}
	if text, ok := element.(string); ok {
		c.Message = text
		return c, nil
	}
	fields, _ := element.(map[string]any)
	into := map[string]*string{"msg": &c.Message, "place": &c.Place, "help": &c.Help}
	for key, value := range fields {
		text, isText := value.(string)
		if into[key] == nil || !isText {
			return c, fmt.Errorf("%s: an object that is found has msg, place and help, which are texts, not %s", at(r.at), key)
		}
		*into[key] = text
	}
	if c.Message == "" {
		return c, fmt.Errorf("%s: what is found is a text, or an object with msg", at(r.at))
	}
	return c, nil
}

// test holds a test of Rego, which must be true. Its input is the view of an image that says nothing, as far as the test does not replace it.
func (r *regoRule) test() error {
	view, err := emptyView()
	if err != nil {
		return err
	}
	value, err := r.query.eval(view)
	if err == nil && value != true {
		err = errors.New("it is not true")
	}
	if err != nil {
		return fmt.Errorf("%s: test %q: %w", at(r.at), r.name, err)
	}
	return nil
}

// onlyOwnData refuses what asks for data of elsewhere: there are none, and a rule that does would never complain.
func onlyOwnData(module *ast.Module) error {
	own := module.Package.Path
	var wrong []error
	ast.WalkRefs(module, func(ref ast.Ref) bool {
		if ref.HasPrefix(ast.DefaultRootRef) && !ref.HasPrefix(own) && !own.HasPrefix(ref.ConstantPrefix()) {
			wrong = append(wrong, fmt.Errorf("%s: there is no %s: a policy sees the image and its own package", at(ref[0].Location), ref))
		}
		return false
	})
	return errors.Join(wrong...)
}
