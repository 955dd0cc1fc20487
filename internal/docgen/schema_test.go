package docgen

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/defaults"
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

// TestDefaults: what the table says is what the plan of an empty configuration has.
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
		"image.base":    defaultOr(p.Runtime.Base, defaults.Base),
		"image.workdir": defaultOr(p.Runtime.Workdir, defaults.Workdir),
		"build.ldflags": p.Flags.LDFlags,
		"modules.sumdb": goenv.DefaultSumDB,
		"runtime.otel":  p.Runtime.OTel,
		"sbom":          p.SBOM,
	}
	got := map[string]any{}
	for _, row := range defaults.Table() {
		if row.Value != nil {
			got[row.Key] = row.Value
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-plan +table):\n%s", diff)
	}
	page := find(t, "docs/configuration.md").text
	values, err := defaultValues(defaults.Table())
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{"`image.user`, " + defaults.User + " by default", "`build.ldflags` replaces the default " + values["build.ldflags"]} {
		if !strings.Contains(page, said) {
			t.Errorf("docs/configuration.md does not say %q", said)
		}
	}
}

// TestSchemaDefaults: a schema that names another default than the table, one of its own or none at all makes no table.
func TestSchemaDefaults(t *testing.T) {
	rows := []defaults.Default{{Key: "a", Value: []string{"x", "y"}}, {Key: "b", Words: "what a says"}}
	const a, b = `"a": {"type": "string", "examples": ["z"], "default": ["x", "y"]}`, `"b": {"type": "string", "examples": ["z"], "description": "B. Default: what a says."}`
	for text, right := range map[string]bool{
		a + ", " + b: true,
		a:            false,
		a + ", " + strings.Replace(b, "what a says", "c", 1):               false,
		strings.Replace(a, `"y"`, `"z"`, 1) + ", " + b:                     false,
		a + ", " + b + ", " + strings.NewReplacer(`"a"`, `"c"`).Replace(a): false,
	} {
		values, err := defaultValues(rows)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := configTable([]byte(`{"properties": {`+text+`}}`), values); (err == nil) != right {
			t.Errorf("%s: %v", text, err)
		}
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
			if got, err := configTable([]byte(text), nil); err == nil {
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
