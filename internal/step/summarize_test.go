package step

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
)

// TestLookAtC reads packages of another module for what go list does not say of them.
func TestLookAtC(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"stub/c.go":    "package stub\n\n// #cgo CFLAGS: -O2 -march=native\nimport \"C\"\n",
		"stub/none.go": "//go:build !cgo\n\npackage stub\n",
		"only/c.go":    "package only\n\nimport \"C\"\n",
		"more/c.go":    "package more\n\nimport \"C\"\n",
		"more/go.go":   "//go:build !musl || linux\n\npackage more\n",
		"load/load.go": "package load\n\nimport (\n\t\"fmt\"\n\n\t\"plugin\"\n)\n",
	} {
		if err := os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	amd64 := target.Target{OS: "linux", Arch: "amd64"}
	ctx, err := scan.BuildContext(amd64, scan.Request{GoVersion: "1.26.8", Cgo: []target.Target{amd64}})
	if err != nil {
		t.Fatal(err)
	}
	ctx.OpenFile = func(name string) (io.ReadCloser, error) { return os.Open(name) }
	without := ctx
	without.CgoEnabled = false
	dir := func(name string) string { return filepath.Join(root, name) }
	c := analyze.Closure{Packages: []analyze.Package{
		{ImportPath: "x.example/stub", Dir: dir("stub"), CgoFiles: []string{"c.go"}, CgoCFLAGS: []string{"-O2", "-march=native"}, Imports: []string{"C", "runtime/cgo"}},
		{ImportPath: "x.example/only", Dir: dir("only"), CgoFiles: []string{"c.go"}},
		{ImportPath: "x.example/more", Dir: dir("more"), CgoFiles: []string{"c.go"}, GoFiles: []string{"go.go"}},
		{ImportPath: "x.example/load", Dir: dir("load"), GoFiles: []string{"load.go"}, Imports: []string{"fmt", "plugin"}},
		{ImportPath: "x.example/plain", Dir: dir("gone"), GoFiles: []string{"x.go"}, Imports: []string{"fmt"}},
	}}
	want := []ctoolchain.Use{
		{ImportPath: "x.example/load", Std: []ctoolchain.Import{{Path: "plugin", Place: ctoolchain.Place{File: "x.example/load/load.go", Line: 6, Col: 2}}}},
		{ImportPath: "x.example/more", MuslTag: true},
		{ImportPath: "x.example/only", Only: true},
		{ImportPath: "x.example/stub", Stub: true, Flags: []ctoolchain.Flag{{Flag: "-march=native", Place: ctoolchain.Place{File: "x.example/stub/c.go", Line: 3, Col: 21}}}},
	}
	got := c.CgoUses(lookAtC(ctx, without))
	for i := range got {
		if len(got[i].PkgConfig) == 0 {
			got[i].PkgConfig = nil
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
