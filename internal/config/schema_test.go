package config_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/config"
)

type schema struct {
	Ref                  string             `json:"$ref"`
	Defs                 map[string]*schema `json:"$defs"`
	Dialect              string             `json:"$schema"`
	Description          string             `json:"description"`
	Type                 any                `json:"type"`
	Properties           map[string]*schema `json:"properties"`
	AdditionalProperties any                `json:"additionalProperties"`
	Items                *schema            `json:"items"`
	Enum                 []string           `json:"enum"`
}

// TestSchemaDrift walks the Go structs and the schema side by side.
func TestSchemaDrift(t *testing.T) {
	var root schema
	if err := json.Unmarshal(config.Schema(), &root); err != nil {
		t.Fatal(err)
	}
	if want := "https://json-schema.org/draft/2020-12/schema"; root.Dialect != want {
		t.Errorf("dialect %q, want %q", root.Dialect, want)
	}
	w := walker{t, root.Defs}
	w.object("targets.NAME", reflect.TypeFor[config.Config](), root.Defs["target"])
	for _, key := range []string{"args", "targets"} {
		if root.Properties[key] == nil {
			t.Errorf("the schema has no %s", key)
		}
		delete(root.Properties, key)
	}
	w.object("", reflect.TypeFor[config.Config](), &root)
}

type walker struct {
	t    *testing.T
	defs map[string]*schema
}

func (w walker) object(path string, typ reflect.Type, s *schema) {
	if s.AdditionalProperties != false {
		w.t.Errorf("%s: the schema lets unknown keys pass", path)
	}
	var keys []string
	for i := range typ.NumField() {
		f := typ.Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		keys = append(keys, key)
		if s.Properties[key] == nil {
			w.t.Errorf("%s.%s is not in the schema", path, key)
			continue
		}
		w.value(path+"."+key, f.Type, f.Tag.Get("accept"), s.Properties[key])
	}
	for key := range s.Properties {
		if !contains(keys, key) {
			w.t.Errorf("%s.%s is in the schema alone", path, key)
		}
	}
}

func (w walker) value(path string, typ reflect.Type, accept string, s *schema) {
	description := s.Description
	if s.Ref != "" {
		name := s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
		if s = w.defs[name]; s == nil {
			w.t.Fatalf("%s: no definition of %s", path, name)
		}
		description += s.Description
	}
	if description == "" {
		w.t.Errorf("%s has no description", path)
	}
	if typ == reflect.TypeFor[config.Stamp]() || typ == reflect.TypeFor[config.Cache]() || typ == reflect.TypeFor[config.Go]() {
		if diff := cmp.Diff([]any{"string", "object"}, s.Type); diff != "" {
			w.t.Errorf("%s has another type (-Go +schema):\n%s", path, diff)
		}
		return
	}
	if typ == reflect.TypeFor[config.Mains]() {
		if diff := cmp.Diff([]any{"string", "array"}, s.Type); diff != "" || s.Items == nil || s.Items.Type != "string" {
			w.t.Errorf("%s has another type (-Go +schema):\n%s", path, diff)
		}
		return
	}
	if typ.Kind() == reflect.Struct {
		w.object(path, typ, s)
		return
	}
	if typ.Kind() == reflect.Map {
		w.mapping(path, typ.Elem(), accept, s)
	}
	if diff := cmp.Diff(wantType(typ, accept), s.Type); diff != "" && len(s.Enum) == 0 {
		w.t.Errorf("%s has another type (-Go +schema):\n%s", path, diff)
	}
	if typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Struct {
		w.object(path+"[]", typ.Elem(), s.Items)
	} else if typ.Kind() == reflect.Slice {
		if diff := cmp.Diff(wantType(typ.Elem(), accept), s.Items.Type); diff != "" {
			w.t.Errorf("%s[] has another type (-Go +schema):\n%s", path, diff)
		}
	}
}

// mapping compares the values of a mapping whose keys are free; the schema lists those of build.env.
func (w walker) mapping(path string, elem reflect.Type, accept string, s *schema) {
	if s.AdditionalProperties == false {
		return
	}
	want := wantType(elem, accept)
	if elem.Kind() == reflect.Pointer {
		want = []any{"string", "null"}
	}
	values, ok := s.AdditionalProperties.(map[string]any)
	if !ok {
		w.t.Errorf("%s: the schema does not say what the values are", path)
	} else if diff := cmp.Diff(want, values["type"]); diff != "" {
		w.t.Errorf("%s.* has another type (-Go +schema):\n%s", path, diff)
	}
}

func wantType(typ reflect.Type, accept string) any {
	switch {
	case typ.Kind() == reflect.Bool:
		return "boolean"
	case typ.Kind() == reflect.Map:
		return "object"
	case typ.Kind() == reflect.Slice:
		return "array"
	case accept != "":
		return []any{"string", accept}
	}
	return "string"
}

func contains(keys []string, key string) bool {
	for _, k := range keys {
		if k == key {
			return true
		}
	}
	return false
}
