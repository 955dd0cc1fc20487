package config

import (
	"strconv"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

// kind is the kind of a YAML value, named as users should read it in an error.
type kind string

const (
	kindMapping  kind = "a mapping"
	kindSequence kind = "a list"
	kindString   kind = "a string"
	kindInteger  kind = "an integer"
	kindFloat    kind = "a number"
	kindBool     kind = "a boolean"
	kindNull     kind = "nothing"
)

// node is a YAML value with its place: all the decoder needs of the library's syntax tree. Nodes are never changed once made,
// so an overlay shares them and every value keeps the place it was written at.
type node struct {
	diag.Range
	kind    kind
	text    string // a scalar's value; of numbers and booleans as written
	entries []entry
	items   []*node
	// templated says that text has been through an expansion that used an argument.
	templated bool
	// open says that text is a [Template] that holds a fact, and can be judged only when that is known.
	open bool
}

type entry struct {
	key   *node
	value *node
}

// get returns the entry with a key, or nil.
func (n *node) get(key string) *entry {
	if n == nil {
		return nil
	}
	for i := range n.entries {
		if n.entries[i].key.text == key {
			return &n.entries[i]
		}
	}
	return nil
}

// find follows keys and list indices down from n; nil when there is nothing.
func (n *node) find(path ...string) *node {
	for _, step := range path {
		if n == nil {
			return nil
		}
		if n.kind == kindSequence {
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(n.items) {
				return nil
			}
			n = n.items[i]
			continue
		}
		e := n.get(step)
		if e == nil {
			return nil
		}
		n = e.value
	}
	return n
}

// nearest follows a dotted path as far as it exists and returns the deepest node. A key may hold dots itself, as labels do, so
// the longest key that fits is taken.
func (n *node) nearest(path string) *node {
	path = strings.TrimLeft(path, ".[")
	if path == "" {
		return n
	}
	if n.kind == kindSequence {
		index, rest, _ := strings.Cut(strings.Replace(path, "]", "", 1), ".")
		if item := n.find(index); item != nil {
			return item.nearest(rest)
		}
		return n
	}
	var best *entry
	for i, e := range n.entries {
		rest, ok := strings.CutPrefix(path, e.key.text)
		if ok && (rest == "" || rest[0] == '.' || rest[0] == '[') && (best == nil || len(e.key.text) > len(best.key.text)) {
			best = &n.entries[i]
		}
	}
	if best == nil {
		return n
	}
	return best.value.nearest(path[len(best.key.text):])
}

// overlay lays over on n: mappings merge by key, everything else replaces.
func (n *node) overlay(over *node) *node {
	if n == nil || n.kind != kindMapping || over.kind != kindMapping {
		return over
	}
	merged := &node{Range: n.Range, kind: kindMapping}
	for _, e := range n.entries {
		if o := over.get(e.key.text); o != nil {
			e = entry{key: o.key, value: e.value.overlay(o.value)}
		}
		merged.entries = append(merged.entries, e)
	}
	for _, e := range over.entries {
		if n.get(e.key.text) == nil {
			merged.entries = append(merged.entries, e)
		}
	}
	return merged
}
