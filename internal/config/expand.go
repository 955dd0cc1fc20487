package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

// expander replaces ${NAME} in every scalar value; $$ is a literal $. It works in one pass: what an argument's value holds is
// never expanded again, and keys are never expanded. Where derived facts may stand, the result is a [Template].
type expander struct {
	source *source
	values map[string]string
	errs   *diag.List
}

// node returns n with its scalars expanded; path leads to it. Nodes without a $ are shared with n.
func (x expander) node(n *node, path ...string) *node {
	switch n.kind {
	case kindMapping:
		out := *n
		out.entries = slices.Clone(n.entries)
		for i, e := range out.entries {
			if strings.Contains(e.key.text, "${") {
				x.errs.Addf(x.source.within(e.key.Range, "${"), "a key cannot hold an argument").Help = "only values are expanded"
			}
			out.entries[i].value = x.node(e.value, append(slices.Clone(path), e.key.text)...)
		}
		return &out
	case kindSequence:
		out := *n
		out.items = slices.Clone(n.items)
		for i, item := range out.items {
			out.items[i] = x.node(item, append(slices.Clone(path), "[]")...)
		}
		return &out
	case kindString:
		if strings.Contains(n.text, "$") {
			return x.scalar(n, takesFacts(path))
		}
	}
	return n
}

func (x expander) scalar(n *node, template bool) *node {
	out := *n
	var b strings.Builder
	literal := func(text string) {
		if template {
			text = string(Literal(text))
		}
		b.WriteString(text)
	}
	stray := split(n.text, literal, func(name string) {
		if template && slices.Contains(Facts(), name) {
			b.WriteString("${" + name + "}")
			out.open = true
			return
		}
		literal(x.value(n, name, template))
		out.templated = true
	})
	if stray != "" {
		e := x.errs.Addf(x.source.within(n.Range, stray), "a $ that starts no ${NAME}")
		e.Help = "write $$ for a literal $"
	}
	out.text = b.String()
	return &out
}

// split calls literal and reference for the parts of text in their order: $$ is a literal $, ${name} a reference. It ends at a
// $ that starts neither, and returns the text from there.
func split(text string, literal, reference func(string)) (stray string) {
	for {
		before, after, found := strings.Cut(text, "$")
		literal(before)
		if !found {
			return ""
		}
		if tail, ok := strings.CutPrefix(after, "$"); ok {
			literal("$")
			text = tail
			continue
		}
		name, tail, ok := cutReference(after)
		if !ok {
			return "$" + after
		}
		reference(name)
		text = tail
	}
}

// cutReference splits "{NAME}tail".
func cutReference(text string) (name, tail string, ok bool) {
	inner, ok := strings.CutPrefix(text, "{")
	if !ok {
		return "", "", false
	}
	return strings.Cut(inner, "}")
}

func (x expander) value(n *node, name string, template bool) string {
	value, ok := x.values[name]
	if ok {
		return value
	}
	at := x.source.within(n.Range, "${"+name+"}")
	if slices.Contains(Facts(), name) {
		addFactMistake(x.errs, at, name)
		return ""
	}
	known := slices.Sorted(maps.Keys(x.values))
	if template {
		known = append(known, Facts()...)
	}
	e := x.errs.Addf(at, "argument %q is not declared", name)
	if e.Help = diag.Suggest(name, known); e.Help == "" {
		e.Help = fmt.Sprintf("declare it with its default: args: {%s: \"\"}", name)
	}
	return ""
}
