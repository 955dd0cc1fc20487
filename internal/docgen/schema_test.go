package docgen

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
)

// TestExamples: the example of every key is a value that the configuration takes.
func TestExamples(t *testing.T) {
	keys, err := configKeys(config.Schema())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if strings.Contains(k.path, "[]") {
			continue // a part of the example of its list
		}
		if _, err := config.Parse(k.path, []byte(nested(k.path, string(k.example)))); err != nil {
			t.Error(err)
		}
	}
}

// nested writes the value of a dotted path as YAML: a.b becomes {a: {b: value}}.
func nested(path, value string) string {
	for _, key := range slices.Backward(strings.Split(path, ".")) {
		value = fmt.Sprintf("{%q: %s}", key, value)
	}
	return value
}

// TestDefaults: the defaults that the schema names are those of the plan of an empty configuration.
func TestDefaults(t *testing.T) {
	p, err := plan.NewDraft(plan.Input{
		Config:  &config.Config{},
		At:      func(string) diag.Range { return diag.Range{} },
		Facts:   &gomod.Facts{Language: "1.26"},
		Targets: []target.Target{{OS: "linux", Arch: "amd64"}},
		Scan: &scan.Result{
			Mains:  []scan.Main{{ImportPath: "example.com/app", Dir: ".", Name: "app"}},
			Images: map[string]map[string]scan.Image{"example.com/app": {"linux/amd64": {}}},
		},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"image.user":    fmt.Sprintf("%d:%d", p.Runtime.UID, p.Runtime.GID),
		"image.base":    "scratch",
		"image.workdir": "/",
		"build.ldflags": p.Flags.LDFlags,
		"modules.sumdb": goenv.DefaultSumDB,
		"runtime.otel":  p.Runtime.OTel,
		"sbom":          p.SBOM,
	}
	if p.Runtime.Base != "" || p.Runtime.Workdir != "" {
		t.Errorf("base %q, working directory %q: want scratch and the root", p.Runtime.Base, p.Runtime.Workdir)
	}
	keys, err := configKeys(config.Schema())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		value, ok := strings.CutPrefix(k.value, "`")
		if !ok {
			continue // words
		}
		encoded, err := json.Marshal(want[k.path])
		if err != nil {
			t.Fatal(err)
		}
		got := strings.ReplaceAll(strings.TrimSuffix(value, "`"), ", ", ",")
		if diff := cmp.Diff(string(encoded), got); diff != "" {
			t.Errorf("default of %s (-plan +schema):\n%s", k.path, diff)
		}
		delete(want, k.path)
	}
	for path := range want {
		t.Errorf("the schema names no default of %s", path)
	}
}

// TestConfigKeysFail: a schema that the table could not show is an error and not a shorter table.
func TestConfigKeysFail(t *testing.T) {
	tests := map[string]string{
		"not JSON":            `{`,
		"unknown reference":   `{"properties": {"a": {"$ref": "#/$defs/b"}}}`,
		"endless":             `{"properties": {"a": {"$ref": "#/$defs/b"}}, "$defs": {"b": {"properties": {"b": {"$ref": "#/$defs/b"}}}}}`,
		"no type":             `{"properties": {"a": {"description": "x", "examples": [1]}}}`,
		"no example":          `{"properties": {"a": {"type": "string"}}}`,
		"list without items":  `{"properties": {"a": {"type": "array", "examples": [[]]}}}`,
		"table without types": `{"properties": {"a": {"type": "object", "examples": [{}]}}}`,
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			if got, err := configTable([]byte(text)); err == nil {
				t.Errorf("got\n%s", got)
			}
		})
	}
}

func TestTable(t *testing.T) {
	got := table([]string{"A", "B"}, [][]string{{"x|y", "two\n  lines"}, {"", code("")}})
	want := "| A | B |\n|---|---|\n| x\\|y | two lines |\n|  |  |\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
