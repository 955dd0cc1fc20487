package config_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/testing/diagtest"
	"github.com/modship-build/modship/internal/testing/golden"
)

// FuzzParse holds Parse and Target to this: no input panics, every mistake lies inside the file, and what is accepted is
// stable: its Config, written as JSON and read as a file again, gives the same Config.
func FuzzParse(f *testing.F) {
	for _, a := range golden.ReadAll(f, "testdata/*.txtar") {
		f.Add(a.Data(f, "app.yaml"))
	}
	f.Add([]byte(ranges))
	f.Add([]byte("\ufeff# syntax=x\r\nmain: ./a\r\n"))
	f.Fuzz(checkFile)
}

func checkFile(t *testing.T, data []byte) {
	file, err := config.Parse("app.yaml", data)
	if err != nil {
		checkInside(t, data, err)
		return
	}
	for _, target := range append([]string{""}, file.Targets()...) {
		cfg, err := file.Target(target, nil)
		if err != nil {
			checkInside(t, data, err)
			continue
		}
		checkStable(t, cfg)
	}
	diagtest.Cut(t, text(data), orHead(file.TargetRange("", "image.ports[0]"), file))
}

// text is the file as positions count it: without a byte order mark.
func text(data []byte) string { return string(bytes.TrimPrefix(data, []byte("\ufeff"))) }

func orHead(r diag.Range, file *config.File) diag.Range {
	if r.Start.Line == 0 {
		return diag.Range{File: r.File, Start: diag.Pos{Line: 1, Col: 1}, End: diag.Pos{Line: 1, Col: 1}}
	}
	return r
}

func checkInside(t *testing.T, data []byte, err error) {
	t.Helper()
	all := diag.All(err)
	if len(all) == 0 {
		t.Fatalf("an error without a place: %v", err)
	}
	for _, e := range all {
		if e.File != "app.yaml" {
			t.Fatalf("an error of the file %q: %v", e.File, e)
		}
		if e.Start.Line != 0 || e.End.Line != 0 {
			diagtest.Cut(t, text(data), e.Range)
		}
	}
}

func checkStable(t *testing.T, cfg *config.Config) {
	t.Helper()
	encoded := encode(t, cfg)
	var decoded config.Config
	if err := json.Unmarshal(encoded, &decoded); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*cfg, decoded); diff != "" {
		t.Fatalf("JSON loses something (-before +after):\n%s", diff)
	}
	var generic any
	if err := json.Unmarshal(encoded, &generic); err != nil {
		t.Fatal(err)
	}
	again, err := config.Parse("app.json", encode(t, escape(generic, "")))
	if err != nil {
		t.Fatalf("reading %s: %v", encoded, err)
	}
	result, err := again.Target("", nil)
	if err != nil {
		t.Fatalf("reading %s: %v", encoded, err)
	}
	if diff := cmp.Diff(cfg, result); diff != "" {
		t.Fatalf("not stable (-before +after):\n%s", diff)
	}
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// templates are the mappings whose values keep $$ and ${…} as they stand in a file.
var templates = []string{".build.stamp", ".image.labels", ".image.annotations", ".image.env", ".metadata"}

// escape doubles the $ of values, as a file has them.
func escape(v any, path string) any {
	if slices.Contains(templates, path) {
		return v
	}
	switch v := v.(type) {
	case map[string]any:
		for key := range v {
			v[key] = escape(v[key], path+"."+key)
		}
	case []any:
		for i := range v {
			v[i] = escape(v[i], path+"[]")
		}
	case string:
		return string(bytes.ReplaceAll([]byte(v), []byte("$"), []byte("$$")))
	}
	return v
}

// TestFullExample keeps the examples of everything complete: a setting of cgo may exclude another, so there are several.
func TestFullExample(t *testing.T) {
	filled := map[string]bool{}
	for _, name := range []string{"full", "cgo", "cgo-zig"} {
		file, err := config.Parse("app.yaml", golden.Read(t, "testdata/"+name+".txtar").Data(t, "app.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := file.Target("", nil)
		if err != nil {
			t.Fatal(err)
		}
		checkStable(t, cfg)
		fill(filled, "Config", reflect.ValueOf(*cfg))
	}
	for name, ok := range filled {
		if !ok {
			t.Errorf("the full examples say nothing about %s", name)
		}
	}
}

// fill notes of every field whether some example has it.
func fill(filled map[string]bool, path string, v reflect.Value) {
	for i := range v.NumField() {
		name := path + "." + v.Type().Field(i).Name
		filled[name] = filled[name] || !v.Field(i).IsZero()
		if v.Field(i).Kind() == reflect.Struct && v.Field(i).Type() != reflect.TypeFor[config.Stamp]() {
			fill(filled, name, v.Field(i))
		}
	}
}
