package analyze_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/diag"
)

func decode(t *testing.T, text string) analyze.Closure {
	t.Helper()
	c, err := analyze.Decode(strings.NewReader(text), []string{"example.com/app"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestDecodeErrors: every package that could not be loaded is named, once, with the way to it.
func TestDecodeErrors(t *testing.T) {
	c, err := analyze.Decode(strings.NewReader(`
{"ImportPath": "a.example/x", "Error": {"ImportStack": ["b.example/y", "c.example/z", "a.example/x"], "Err": "cannot find module\n"}}
{"ImportPath": "fmt", "Standard": true}
{"ImportPath": "d.example/w", "Error": {"ImportStack": ["d.example/w"], "Err": "package d.example/w: no Go files"}}
{"ImportPath": "example.community/app", "Error": {"Err": "x"}}
`), []string{"example.com/app", "example.com"}, nil)
	var got []string
	for _, e := range diag.All(err) {
		got = append(got, e.Error())
	}
	want := []string{
		"a.example/x: cannot find module (imported through b.example/y → c.example/z)",
		"package d.example/w: no Go files",
		"example.community/app: x",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a.example/x", "d.example/w", "example.community/app"}, c.Failed); diff != "" {
		t.Errorf("failed (-want +got):\n%s", diff)
	}
}

func TestDecodeBroken(t *testing.T) {
	for _, text := range []string{`{"ImportPath": "a"`, `{"ImportPath": 1}`, `go: warning`} {
		if _, err := analyze.Decode(strings.NewReader(text), nil, nil); err == nil || !strings.Contains(err.Error(), "go list") {
			t.Errorf("%s: %v", text, err)
		}
	}
	if c, err := analyze.Decode(strings.NewReader(""), nil, nil); err != nil || len(c.Packages) > 0 {
		t.Errorf("no output: %v, %v", c, err)
	}
}

func TestSummary(t *testing.T) {
	s := decode(t, `
{"ImportPath": "runtime/cgo", "Standard": true, "CgoFiles": ["cgo.go"]}
{"ImportPath": "z.example/db", "CgoFiles": ["db.go"], "Module": {"Path": "z.example/db", "Version": "v1.2.3"}}
{"ImportPath": "a.example/m/y", "SysoFiles": ["y_linux.syso"], "Module": {"Path": "a.example/m", "Version": "v0.1.0"}}
{"ImportPath": "a.example/m/x", "SwigFiles": ["x.swig"], "Module": {"Path": "a.example/m", "Version": "v0.1.0"}}
`).Summary()
	want := analyze.Summary{
		Modules: []analyze.ModuleUse{
			{Path: "a.example/m", Version: "v0.1.0", Packages: []string{"a.example/m/x", "a.example/m/y"}},
			{Path: "z.example/db", Version: "v1.2.3", Packages: []string{"z.example/db"}},
		},
		Syso: []string{"a.example/m/y/y_linux.syso"},
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRoots: what reaches an own package through others cannot be compiled before the module either.
func TestRoots(t *testing.T) {
	c := decode(t, `
{"ImportPath": "errors", "Standard": true}
{"ImportPath": "example.com/app/lib", "Error": {"Err": "no Go files"}}
{"ImportPath": "example.com/app/abc", "Error": {"Err": "no Go files"}}
{"ImportPath": "x.example/leaf", "Imports": ["errors"]}
{"ImportPath": "x.example/mid", "Imports": ["x.example/leaf"]}
{"ImportPath": "x.example/shared", "Imports": ["errors"]}
{"ImportPath": "x.example/back", "Imports": ["x.example/shared", "example.com/app/lib"]}
{"ImportPath": "x.example/top", "Imports": ["x.example/back", "x.example/mid"]}
{"ImportPath": "x.example/free", "Imports": ["x.example/mid"]}
`)
	s := c.Summary()
	if diff := cmp.Diff([]string{"example.com/app/abc", "example.com/app/lib"}, s.Reached); diff != "" {
		t.Errorf("reached (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"x.example/free", "x.example/shared"}, s.Roots); diff != "" {
		t.Errorf("roots (-want +got):\n%s", diff)
	}
}
