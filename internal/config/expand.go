package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

// expander replaces ${NAME} in every scalar value; $$ is a literal $. It works in one pass: what an argument's value holds is
// never expanded again, and keys are never expanded.
type expander struct {
	source *source
	values map[string]string
	errs   *diag.List
}

// node returns n with its scalars expanded. Nodes without a $ are shared with n.
func (x expander) node(n *node) *node {
	switch n.kind {
	case kindMapping:
		out := *n
		out.entries = slices.Clone(n.entries)
		for i, e := range out.entries {
			if strings.Contains(e.key.text, "${") {
				x.errs.Addf(x.source.within(e.key.Range, "${"), "a key cannot hold an argument").Help = "only values are expanded"
			}
			out.entries[i].value = x.node(e.value)
		}
		return &out
	case kindSequence:
		out := *n
		out.items = slices.Clone(n.items)
		for i, item := range out.items {
			out.items[i] = x.node(item)
		}
		return &out
	case kindString:
		if strings.Contains(n.text, "$") {
			return x.scalar(n)
		}
	}
	return n
}

func (x expander) scalar(n *node) *node {
	out := *n
	var b strings.Builder
	rest := n.text
	for {
		before, after, found := strings.Cut(rest, "$")
		b.WriteString(before)
		if !found {
			break
		}
		if literal, ok := strings.CutPrefix(after, "$"); ok {
			b.WriteByte('$')
			rest = literal
			continue
		}
		name, tail, ok := cutReference(after)
		if !ok {
			e := x.errs.Addf(x.source.within(n.Range, "$"+after), "a $ that starts no ${NAME}")
			e.Help = "write $$ for a literal $"
			break
		}
		b.WriteString(x.value(n, name))
		out.templated = true
		rest = tail
	}
	out.text = b.String()
	return &out
}

// cutReference splits "{NAME}tail".
func cutReference(text string) (name, tail string, ok bool) {
	inner, ok := strings.CutPrefix(text, "{")
	if !ok {
		return "", "", false
	}
	return strings.Cut(inner, "}")
}

func (x expander) value(n *node, name string) string {
	value, ok := x.values[name]
	if ok {
		return value
	}
	e := x.errs.Addf(x.source.within(n.Range, "${"+name+"}"), "argument %q is not declared", name)
	if e.Help = diag.Suggest(name, slices.Sorted(maps.Keys(x.values))); e.Help == "" {
		e.Help = fmt.Sprintf("declare it with its default: args: {%s: \"\"}", name)
	}
	return ""
}
