package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

// decoder fills Go values from nodes. The structs of config.go are the schema: their JSON names are the keys, and the tag
// `accept:"integer"` lets a number be written where its text is meant, and `accept:"boolean"` leaves it to the check of the value to say
// which words it takes.
type decoder struct {
	errs *diag.List
	// skipTemplated leaves values made from arguments alone where a text may be none of the kind that is wanted.
	skipTemplated bool
	// also are keys that the outermost mapping may have beside the struct's, for suggestions.
	also []string
}

// fromNode is a type that has a spelling of its own in the file.
type fromNode interface {
	fromNode(d decoder, n *node)
}

func (d decoder) value(n *node, v reflect.Value, accept string) {
	if own, ok := v.Addr().Interface().(fromNode); ok {
		own.fromNode(d, n)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(n, v)
	case reflect.Map:
		d.table(n, v, accept)
	case reflect.Bool:
		d.boolean(n, v)
	case reflect.Slice:
		d.list(n, v, accept)
	case reflect.Pointer:
		if n.kind != kindNull {
			v.Set(reflect.New(v.Type().Elem()))
			d.value(n, v.Elem(), accept)
		}
	default:
		d.scalar(n, v, accept)
	}
}

func (d decoder) structure(n *node, v reflect.Value) {
	if n.kind != kindMapping {
		d.mismatch(n, v.Type())
		return
	}
	fields := fieldsOf(v.Type())
	for _, e := range n.entries {
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == e.key.text })
		if i < 0 {
			d.unknownKey(e.key, append(keysOf(fields), d.also...), v.Type())
			continue
		}
		decoder{errs: d.errs, skipTemplated: d.skipTemplated}.value(e.value, v.Field(i), fields[i].accept)
	}
}

func (d decoder) unknownKey(key *node, keys []string, in reflect.Type) {
	e := d.errs.Addf(key.Range, "unknown key %q", key.text)
	if other, ok := otherWord(key.text, in); ok {
		e.Help = other.Help()
		return
	}
	if e.Help = diag.Suggest(key.text, keys); e.Help != "" {
		return
	}
	if e.Help = placeOf(key.text); e.Help != "" {
		return
	}
	e.Help = "known keys: " + strings.Join(keys, ", ")
}

func (d decoder) table(n *node, v reflect.Value, accept string) {
	if n.kind != kindMapping {
		d.mismatch(n, v.Type())
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, e := range n.entries {
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(e.value, element, accept)
		v.SetMapIndex(reflect.ValueOf(e.key.text), element)
	}
}

func (d decoder) list(n *node, v reflect.Value, accept string) {
	if n.kind != kindSequence {
		d.mismatch(n, v.Type())
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.items), len(n.items)))
	for i, item := range n.items {
		if item.kind == kindNull {
			d.errs.Addf(item.Range, "expected %s, found nothing", describe(v.Type().Elem())).Help = "write a value, or remove it from the list"
			continue
		}
		d.value(item, v.Index(i), accept)
	}
}

func (d decoder) scalar(n *node, v reflect.Value, accept string) {
	accepted := n.kind == kindString || n.kind == kindInteger && accept == "integer" || n.kind == kindBool && accept == "boolean"
	if !accepted {
		d.mismatch(n, v.Type())
		return
	}
	v.SetString(n.text)
}

// boolean also takes the texts true and false where an argument made them: arguments are texts.
func (d decoder) boolean(n *node, v reflect.Value) {
	switch {
	case n.kind == kindBool, n.templated && (n.text == "true" || n.text == "false"):
		v.SetBool(n.text == "true")
	case !n.templated || !d.skipTemplated:
		d.mismatch(n, v.Type())
	}
}

func (d decoder) mismatch(n *node, want reflect.Type) {
	e := d.errs.Addf(n.Range, "expected %s, found %s", describe(want), n.kind)
	scalar := n.kind != kindMapping && n.kind != kindSequence
	switch {
	case n.kind == kindNull:
		e.Help = "give the key a value or remove it"
	case want.Kind() == reflect.String && scalar:
		e.Help = writeString(n)
	case want.Kind() == reflect.Slice && want.Elem().Kind() == reflect.String && scalar:
		e.Help = "write [" + quotedWords(n.text) + "]"
	case want.Kind() == reflect.Map && n.kind == kindSequence:
		e.Help = writeMapping(n)
	}
}

// writeMapping writes a list such as [A=b], which compose has beside mappings, as the mapping that it stands for, or gives "".
func writeMapping(n *node) string {
	var pairs []string
	for _, item := range n.items {
		name, value, ok := strings.Cut(item.text, "=")
		if item.kind != kindString || !ok {
			return ""
		}
		pairs = append(pairs, fmt.Sprintf("%s: %q", name, value))
	}
	if pairs == nil {
		return ""
	}
	return "write {" + strings.Join(pairs, ", ") + "}"
}

// quotedWords are the elements that a text stands for where a list belongs: what a shell would make of it.
func quotedWords(s string) string {
	var words []string
	for _, word := range shellWords(s) {
		if strings.HasPrefix(word, "-") || strings.Contains(word, "=") { // flags have commas of their own
			words = append(words, word)
		} else {
			words = append(words, strings.FieldsFunc(word, func(r rune) bool { return r == ',' })...)
		}
	}
	for i, w := range words {
		words[i] = fmt.Sprintf("%q", w)
	}
	return strings.Join(words, ", ")
}

// writeString says how a scalar of another kind is written as a string.
func writeString(n *node) string {
	switch n.kind {
	case kindNull:
		return "give the key a value or remove it"
	case kindMapping, kindSequence:
		return ""
	}
	return fmt.Sprintf("write %q", n.text)
}

// describe names what a value must be, as an error reads it.
func describe(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct:
		return "a mapping with the keys " + strings.Join(keysOf(fieldsOf(t)), ", ")
	case reflect.Map:
		return "a mapping of names to strings"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Struct {
			return "a list of {" + strings.Join(keysOf(fieldsOf(t.Elem())), ", ") + "}"
		}
		return "a list of strings"
	case reflect.Pointer:
		return describe(t.Elem())
	case reflect.Bool:
		return "true or false"
	}
	return "a string"
}

// field is one key of a mapping.
type field struct {
	key    string
	accept string
}

// fieldsOf returns the keys of a struct in the order of its fields, index by index.
func fieldsOf(t reflect.Type) []field {
	fields := make([]field, t.NumField())
	for i := range fields {
		f := t.Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		fields[i] = field{key: key, accept: f.Tag.Get("accept")}
	}
	return fields
}

func keysOf(fields []field) []string {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	return keys
}
