package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

// Template is a value in which derived facts are still open: the file is read before they are known. In it a fact is ${name}
// with a name of [Facts], a literal $ is $$, and nothing else holds a $. The arguments of the file are already in. Text
// without a $ is its own template.
type Template string

// Facts are the names of the derived facts that a [Template] may hold.
func Facts() []string {
	return []string{
		FactVersion, FactRevision, FactCreated,
		FactTargetOS, FactTargetArch, FactTargetVariant, FactTargetPlatform,
	}
}

// The derived facts. Those of the target differ from image to image; its variant is empty on most platforms.
const (
	FactVersion        = "version"         // of the main module, such as v1.2.3, or a pseudo-version
	FactRevision       = "revision"        // the full hash of the commit
	FactCreated        = "created"         // RFC 3339, UTC
	FactTargetOS       = "target.os"       // linux
	FactTargetArch     = "target.arch"     // arm
	FactTargetVariant  = "target.variant"  // v7
	FactTargetPlatform = "target.platform" // linux/arm/v7
)

// Literal gives the template of a text in which nothing is open.
func Literal(text string) Template { return Template(strings.ReplaceAll(text, "$", "$$")) }

// Expand puts facts in, by their names. One that is missing in facts is unknown and leaves nothing behind; see
// [Template.Known]. The error is for a text that no file was read from: one that is not a template.
func (t Template) Expand(facts map[string]string) (string, error) {
	var b strings.Builder
	err := t.walk(func(literal string) { b.WriteString(literal) }, func(name string) { b.WriteString(facts[name]) })
	return b.String(), err
}

// Fill is Expand for a value that may be left out: ok is false if t holds facts and they leave nothing of it.
func (t Template) Fill(facts map[string]string) (value string, ok bool) {
	value, err := t.Expand(facts)
	return value, err == nil && (value != "" || len(t.Uses()) == 0)
}

// Uses gives the names of the facts that t holds, sorted and each once.
func (t Template) Uses() []string {
	var names []string
	if err := t.walk(func(string) {}, func(name string) { names = append(names, name) }); err != nil {
		return nil
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Known tells whether facts has every fact that t holds.
func (t Template) Known(facts map[string]string) bool {
	return !slices.ContainsFunc(t.Uses(), func(name string) bool { _, ok := facts[name]; return !ok })
}

// walk calls literal and fact for the parts of t in their order.
func (t Template) walk(literal, fact func(string)) error {
	var unknown []string
	stray := split(string(t), literal, func(name string) {
		if fact(name); !slices.Contains(Facts(), name) {
			unknown = append(unknown, name)
		}
	})
	switch {
	case stray != "":
		return fmt.Errorf("expanding %q: a $ that starts neither $$ nor ${name}", string(t))
	case len(unknown) > 0:
		return fmt.Errorf("expanding %q: there is no fact %q", string(t), unknown)
	}
	return nil
}

// literal is the text of a template in which nothing is open.
func (t Template) literal() string {
	text, err := t.Expand(nil)
	if err != nil {
		return string(t)
	}
	return text
}

// factPlaces are the values that may hold facts: those that are needed after the compile, or only by the linker. "*" is any
// key.
var factPlaces = [][]string{
	{"build", "stamp", "*"},
	{"image", "labels", "*"},
	{"image", "annotations", "*"},
	{"image", "env", "*"},
	{"metadata", "*"},
}

const factPlacesHelp = "derived facts may stand in build.stamp, image.labels, image.annotations, image.env and metadata"

// takesFacts tells whether the value at path is a [Template].
func takesFacts(path []string) bool {
	return slices.ContainsFunc(factPlaces, func(place []string) bool {
		return slices.EqualFunc(place, path, func(pattern, key string) bool { return pattern == "*" || pattern == key })
	})
}

// addFactMistake reports a name that is neither an argument nor, here, a fact.
func addFactMistake(errs *diag.List, at diag.Range, name string) {
	errs.Addf(at, "the fact %q is not known here", name).Help = factPlacesHelp
}

// LiteralLabels gives the labels of an image whose values use no fact; one that does is an error.
func (i Image) LiteralLabels() (map[string]string, error) {
	labels := map[string]string{}
	for key, value := range i.Labels {
		if value == nil {
			continue
		}
		text, err := value.Expand(nil)
		if err != nil {
			return nil, fmt.Errorf("label %s: %w", key, err)
		}
		labels[key] = text
	}
	return labels, nil
}
