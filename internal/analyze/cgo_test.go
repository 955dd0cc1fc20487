package analyze_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/diag"
)

func TestCgoUses(t *testing.T) {
	c := decode(t, `
{"ImportPath": "runtime/cgo", "Standard": true, "CgoFiles": ["cgo.go"]}
{"ImportPath": "z.example/db", "CgoFiles": ["db.go"], "CXXFiles": ["db.cc"], "CgoPkgConfig": ["--static", "sqlite3"], "Imports": ["runtime/cgo"]}
{"ImportPath": "m.example/orm", "Imports": ["z.example/db"]}
{"ImportPath": "a.example/x", "SwigFiles": ["x.swig"], "FFiles": ["y.f90", "z.f"], "CgoLDFLAGS": ["-lm", "-Wl,-rpath,/opt", "-Wl,-z,noexecstack"], "CgoCFLAGS": ["-I/x", "-fplugin=p.so"]}
{"ImportPath": "plugin", "Standard": true, "CgoFiles": ["plugin_dlopen.go"]}
{"ImportPath": "p.example/load", "Imports": ["fmt", "plugin"]}
{"ImportPath": "b.example/y", "Imports": ["m.example/orm", "a.example/x", "p.example/load"]}
`)
	c.Imports = []string{"b.example/y", "a.example/x"}
	got := c.CgoUses(func(p analyze.Package, use *ctoolchain.Use) { use.MuslTag = p.ImportPath == "z.example/db" })
	want := []ctoolchain.Use{
		{ImportPath: "a.example/x", Swig: "a.example/x/x.swig", Fortran: "a.example/x/y.f90", Flags: []ctoolchain.Flag{{Flag: "-Wl,-rpath,/opt"}, {Flag: "-fplugin=p.so"}}},
		{ImportPath: "p.example/load", Through: []string{"b.example/y"}, Std: []ctoolchain.Import{{Path: "plugin"}}},
		{ImportPath: "z.example/db", Through: []string{"b.example/y", "m.example/orm"}, CXX: true, PkgConfig: []string{"sqlite3"}, MuslTag: true},
	}
	for i := range got {
		if len(got[i].PkgConfig) == 0 {
			got[i].PkgConfig = nil
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCgoMatters(t *testing.T) {
	for text, want := range map[string]bool{
		`{"ImportPath": "net", "Standard": true, "IgnoredGoFiles": ["cgo_linux.go"], "SwigFiles": ["x"]}`: false,
		`{"ImportPath": "a.example/x", "GoFiles": ["x.go"]}`:                                              false,
		`{"ImportPath": "a.example/x", "IgnoredGoFiles": ["x_windows.go"]}`:                               false,
		`{"ImportPath": "a.example/x", "Imports": ["plugin"]}`:                                            true,
		`{"ImportPath": "a.example/x", "Imports": ["runtime/cgo"]}`:                                       true,
		`{"ImportPath": "plugin", "Standard": true, "Imports": ["runtime/cgo"]}`:                          false,
		`{"ImportPath": "a.example/c", "IgnoredGoFiles": ["c.go"]}`:                                       true,
		`{"ImportPath": "a.example/x", "SwigFiles": ["x.swig"]}`:                                          true,
	} {
		asks := func(p analyze.Package) bool { return p.ImportPath != "a.example/x" }
		if got := decode(t, text).CgoMatters(asks); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
}

// TestNeedsCgo: a package that cgo alone gives files is no mistake while cgo is open, and one with cgo off.
func TestNeedsCgo(t *testing.T) {
	const text = `
{"ImportPath": "a.example/c", "IgnoredGoFiles": ["c.go"], "Error": {"Err": "build constraints exclude all Go files in /x"}}
{"ImportPath": "a.example/w", "IgnoredGoFiles": ["w_windows.go"], "Error": {"Err": "build constraints exclude all Go files in /y"}}
`
	needs := func(p analyze.Package) bool { return p.ImportPath == "a.example/c" }
	c, err := analyze.Decode(strings.NewReader(text), nil, needs)
	if n := len(diag.All(err)); n != 1 || !c.CgoMatters(needs) || !slices.Equal(c.NeedsCgo, []string{"a.example/c"}) {
		t.Errorf("%d mistakes, %v", n, c)
	}
	if _, err := analyze.Decode(strings.NewReader(text), nil, nil); len(diag.All(err)) != 2 {
		t.Errorf("with cgo off: %v", err)
	}
}
