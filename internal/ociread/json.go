package ociread

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// maxNesting limits objects and lists within each other.
const maxNesting = 64

// fields are the keys of an object that mean something, with those of the objects in their values, or nil for maps of any keys.
type fields map[string]fields

// leaves are fields whose values have no fields.
func leaves(names ...string) fields {
	f := fields{}
	for _, name := range names {
		f[name] = nil
	}
	return f
}

// and gives the fields with another one.
func (f fields) and(name string, of fields) fields {
	f[name] = of
	return f
}

// documentFields are those of indexes and manifests, configFields of configurations (image-spec v1.1.1 and Docker's), and savedFields of
// what manifest.json lists.
func documentFields() fields {
	platform := leaves("architecture", "os", "os.version", "os.features", "variant")
	descriptor := leaves("mediaType", "digest", "size", "urls", "annotations", "data", "artifactType").and("platform", platform)
	return leaves("schemaVersion", "mediaType", "artifactType", "annotations").
		and("config", descriptor).and("layers", descriptor).and("manifests", descriptor).and("subject", descriptor)
}

func configFields() fields {
	run := leaves("User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir", "Labels", "StopSignal", "ArgsEscaped", "OnBuild", "Shell").
		and("Healthcheck", leaves("Test", "Interval", "Timeout", "StartPeriod", "StartInterval", "Retries"))
	return leaves("created", "author", "architecture", "os", "os.version", "os.features", "variant").and("config", run).
		and("rootfs", leaves("type", "diff_ids")).and("history", leaves("created", "author", "created_by", "comment", "empty_layer"))
}

func savedFields() fields { return leaves("Config", "RepoTags", "Layers") }

// checkJSON refuses a text that readers understand differently: with a key twice in an object, or, where keys are fields, with one that is a
// field's but for the case of letters, or twice but for that. Go takes such a key for the field, and others do not. It also limits what
// decoding the text can cost.
func checkJSON(text []byte, known fields, values int) error {
	if !utf8.Valid(text) {
		return broken("not valid JSON: not in UTF-8, so that readers differ in what it means")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var open []*object
	for done := false; ; done = len(open) == 0 {
		token, err := d.Token()
		if done && errors.Is(err, io.EOF) {
			return nil
		}
		switch {
		case err != nil:
			return broken("not valid JSON: %w", err)
		case done:
			return broken("not valid JSON: something follows its end")
		}
		if values--; values < 0 {
			return tooLarge("a JSON text of more values than any image needs")
		}
		inner := known
		if len(open) > 0 {
			key, err := open[len(open)-1].take(token)
			if err != nil {
				return err
			}
			if key {
				continue
			}
			inner = open[len(open)-1].inner
		}
		switch token {
		case json.Delim('{'):
			open = append(open, &object{seen: map[string]bool{}, fields: inner})
		case json.Delim('['):
			open = append(open, &object{inner: inner})
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
		if len(open) > maxNesting {
			return tooLarge("a JSON text nested more than %d deep", maxNesting)
		}
	}
}

// object is an open object, or a list if seen is nil.
type object struct {
	seen   map[string]bool
	fields fields // nil if any key may be there
	inner  fields // of the objects in the value that is next
	value  bool   // a value is next, not a key
}

// take tells whether token, which comes next in the object, is a key.
func (o *object) take(token json.Token) (bool, error) {
	if o.seen == nil || token == json.Delim('}') {
		return false, nil
	}
	if o.value = !o.value; !o.value {
		return false, nil
	}
	name, _ := token.(string)
	key := name
	if o.fields != nil {
		key = folded(name)
		if field := o.fields.like(name); field != "" {
			return false, broken("the key %q is not written %q, so that readers differ in what it means", name, field)
		}
	}
	if o.seen[key] {
		return false, broken("the key %q stands twice in one JSON object, so that readers differ in what it means", name)
	}
	o.seen[key], o.inner = true, o.fields[name]
	return true, nil
}

// like gives the field that a key is but for the case of letters, or "".
func (f fields) like(key string) string {
	if _, ok := f[key]; ok {
		return ""
	}
	for field := range f {
		if folded(field) == folded(key) {
			return field
		}
	}
	return ""
}

// folded is a key as encoding/json compares it.
func folded(key string) string { return strings.ToLower(strings.ToUpper(key)) }
