// Package imagename makes names of images, and of files, from templates such as ghcr.io/me/{target}:{version}, so that one command can name
// the images of several programs.
//
// A template is text with fields in braces. [Parse] refuses a field that there is not, and says which one may be meant; [Template.Expand]
// refuses a field whose value is not known, since a name with a hole in it would be another name. [OfContext] gives the name of the context
// that stands in for an image.
package imagename

import (
	"fmt"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

// The fields.
const (
	Target   = "target"
	Program  = "program"
	Version  = "version"
	SemVer   = "semver"
	Major    = "major"
	Minor    = "minor"
	Revision = "revision"
	Short    = "short"
)

// Field is a field of templates.
type Field struct {
	Name, Doc, Example string
}

// Fields are all of them.
func Fields() []Field {
	return []Field{
		{Target, "what --target calls the image; without one, the program", "worker"},
		{Program, "the file name of the program", "worker"},
		{Version, "the version of the module at the commit; a + in it is a _", "v1.4.2"},
		{SemVer, "the version without its v", "1.4.2"},
		{Major, "the first number of the version", "1"},
		{Minor, "the first two numbers of the version", "1.4"},
		{Revision, "the full hash of the commit", strings.Repeat("0123456789", 4)},
		{Short, "its first twelve digits", "012345678901"},
	}
}

// Names are the names of the fields.
func Names() []string {
	var names []string
	for _, f := range Fields() {
		names = append(names, f.Name)
	}
	return names
}

// Examples has a value for each field.
func Examples() map[string]string {
	values := map[string]string{}
	for _, f := range Fields() {
		values[f.Name] = f.Example
	}
	return values
}

// Template is a text with fields.
type Template struct {
	// literals has one element more than fields.
	literals, fields []string
}

// IsTemplate tells whether a text has fields.
func IsTemplate(text string) bool { return strings.ContainsAny(text, "{}") }

// Parse reads a template that may have the fields named. The error is a [*diag.Error] without a place.
func Parse(text string, fields ...string) (Template, error) {
	var t Template
	for rest := text; ; {
		literal, tail, found := strings.Cut(rest, "{")
		if strings.Contains(literal, "}") {
			return t, &diag.Error{Msg: fmt.Sprintf("%q has a } without a {", text)}
		}
		t.literals = append(t.literals, literal)
		if !found {
			return t, nil
		}
		name, after, closed := strings.Cut(tail, "}")
		if !closed {
			return t, &diag.Error{Msg: fmt.Sprintf("%q has a { without a }", text)}
		}
		if err := checkField(text, name, fields); err != nil {
			return t, err
		}
		t.fields = append(t.fields, name)
		rest = after
	}
}

func checkField(text, name string, fields []string) error {
	for _, f := range fields {
		if f == name {
			return nil
		}
	}
	e := &diag.Error{Msg: fmt.Sprintf("%q has an unknown field {%s}", text, name), Help: diag.Suggest(name, fields)}
	if e.Help == "" {
		e.Help = "fields are {" + strings.Join(fields, "}, {") + "}"
	}
	return e
}

// Has tells whether the template has one of the fields.
func (t Template) Has(fields ...string) bool {
	for _, have := range t.fields {
		for _, f := range fields {
			if have == f {
				return true
			}
		}
	}
	return false
}

// Expand puts the values in. The error names a field without one.
func (t Template) Expand(values map[string]string) (string, error) {
	var b strings.Builder
	for i, literal := range t.literals {
		b.WriteString(literal)
		if i == len(t.fields) {
			break
		}
		value := values[t.fields[i]]
		if value == "" {
			return "", fmt.Errorf("{%s} is not known", t.fields[i])
		}
		b.WriteString(value)
	}
	return b.String(), nil
}
