package config

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

// Arg is a declared argument.
type Arg struct {
	Default string `json:"default"`
	// Range is the place of the default.
	Range diag.Range `json:"range"`
}

var argName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (f *File) readArgs(n *node, errs *diag.List) {
	if n.kind != kindMapping {
		errs.Addf(n.Range, "expected a mapping of argument names to their defaults, found %s", n.kind)
		return
	}
	for _, e := range n.entries {
		if !argName.MatchString(e.key.text) {
			errs.Addf(e.key.Range, "argument name %q is not an identifier", e.key.text)
		}
		if slices.Contains(Facts(), e.key.text) {
			errs.Addf(e.key.Range, "argument name %q is that of a derived fact", e.key.text).Help = "choose another name"
		}
		arg := Arg{Range: e.value.Range}
		decoder{errs: errs}.scalar(e.value, reflect.ValueOf(&arg.Default).Elem(), "integer")
		if strings.Contains(arg.Default, "${") {
			errs.Addf(f.source.within(e.value.Range, "${"), "a default cannot use an argument")
		}
		checkScalar(e.value, errs)
		f.args[e.key.text] = arg
	}
}

// values returns the value of every declared argument.
func (f *File) values(given map[string]string) map[string]string {
	values := make(map[string]string, len(f.args))
	for name, arg := range f.args {
		values[name] = arg.Default
		if v, ok := given[name]; ok {
			values[name] = v
		}
	}
	return values
}

// Args returns the declared arguments by name.
func (f *File) Args() map[string]Arg { return maps.Clone(f.args) }

// Changed gives the names of the declared arguments that have other values than their defaults, sorted.
func (f *File) Changed(given map[string]string) []string {
	var changed []string
	for _, name := range slices.Sorted(maps.Keys(f.args)) {
		if value, ok := given[name]; ok && value != f.args[name].Default {
			changed = append(changed, name)
		}
	}
	return changed
}

// Undeclared gives a sentence for each of the names that the file does not declare, sorted. They are no mistake: one command line
// serves several builds.
func (f *File) Undeclared(args map[string]string) []string {
	declared := slices.Sorted(maps.Keys(f.args))
	var sentences []string
	for _, name := range slices.Sorted(maps.Keys(args)) {
		if slices.Contains(declared, name) {
			continue
		}
		sentence := fmt.Sprintf("build argument %s is not declared in args and has no effect", name)
		if hint := diag.Suggest(name, declared); hint != "" {
			sentence += "; " + hint
		}
		sentences = append(sentences, sentence)
	}
	return sentences
}
