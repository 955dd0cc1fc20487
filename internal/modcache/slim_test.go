package modcache

import (
	"archive/zip"
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/testing/golden"
)

// files of a module of which a build reads some.
var files = "-- go.mod --\nmodule example.org/m\n-- m.go --\npackage m\n-- m_amd64.s --\n" +
	"-- m_test.go --\npackage m\n\n//go:embed testdata\nvar x string\n-- testdata/large.bin --\n" + strings.Repeat("x", 9999) +
	"\n-- README.md --\n# m\n-- asm/text.h --\n-- asm/a.S --\n"

func TestSlim(t *testing.T) {
	m := module.Version{Path: "example.org/m", Version: "v1.0.0"}
	compiled := []string{"asm/a.S", "asm/text.h", "go.mod", "m.go", "m_amd64.s"}
	for _, tt := range []struct {
		name string
		more string
		want []string // nil for all
	}{
		{"plain", "-- other/other.go --\npackage other\n", append(slices.Clone(compiled), "other/other.go")},
		{"embeds", "-- web/web.go --\npackage web\n\nimport _ \"embed\"\n\n//go:embed page.html\nvar page string\n", nil},
		{"cgo", "-- c/c.go --\npackage c\n\nimport \"C\"\n", nil},
		{"swig, which is not run", "-- s/s.swig --\n", append(slices.Clone(compiled), "s/s.swig")},
		{"assembly", "-- asm/b.s --\n#include \"macros.inc\"\n", nil},
		{"assembly with headers", "-- asm/b.s --\n#include \"text.h\"\n", slices.Sorted(slices.Values(append(slices.Clone(compiled), "asm/b.s")))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			all := golden.Parse(t, files+tt.more).FS()
			w.publish(t, m, all)
			list, root := []module.Version{m, {Path: "example.org/absent", Version: "v1.0.0"}}, t.TempDir()
			w.fetch(t, list[:1], root)
			want := tt.want
			if want == nil {
				want = slices.Sorted(maps.Keys(all))
			}
			var before []byte
			for range 2 { // the second time changes nothing
				if err := Slim(list, root); err != nil {
					t.Fatal(err)
				}
				names, content := zipped(t, filepath.Join(root, Downloads, "example.org/m/@v/v1.0.0.zip"))
				if diff := cmp.Diff(want, names); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if before != nil && !bytes.Equal(before, content) {
					t.Error("two runs give two zips")
				}
				before = content
			}
		})
	}
}

// zipped gives the names in a module's zip, and its bytes.
func zipped(t *testing.T, name string) (names []string, content []byte) {
	t.Helper()
	z, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		_, local, _ := strings.Cut(f.Name, "@v1.0.0/")
		names = append(names, local)
	}
	slices.Sort(names)
	if content, err = os.ReadFile(name); err != nil {
		t.Fatal(err)
	}
	return names, content
}

// TestSlimForGo: cmd/go takes a slim zip for the one whose hash go.sum has, and finds in it all that it builds.
func TestSlimForGo(t *testing.T) {
	w := newWorld(t)
	root := t.TempDir()
	w.fetch(t, w.list(), root)
	if err := Slim(w.list(), root); err != nil {
		t.Fatal(err)
	}
	app := t.TempDir()
	gomod, gosum := "module example.com/app\n\ngo 1.26\n", ""
	for _, m := range w.list() {
		gomod += "\nrequire " + m.Path + " " + m.Version + "\n"
	}
	for m, sums := range w.sums {
		gosum += m.Path + " " + m.Version + " " + sums[0] + "\n"
	}
	for name, text := range map[string]string{
		"go.mod": gomod, "go.sum": gosum, "main.go": "package main\n\nimport _ \"example.org/log\"\n\nfunc main() {}\n",
	} {
		if err := os.WriteFile(filepath.Join(app, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}} {{.EmbedFiles}}{{end}}", ".")
	cmd.Dir = app
	cmd.Env = append(os.Environ(), "GOMODCACHE="+root, "GOPROXY=off", "GOFLAGS=-modcacherw", "GOSUMDB=off", "GOOS=linux", "GOWORK=off")
	said, err := cmd.CombinedOutput()
	want := "example.org/log/sub [data/page.html data/template_test.go]\nexample.org/log/level []\nexample.org/log []\nexample.com/app []\n"
	if err != nil || string(said) != want {
		t.Errorf("%v\n%s", err, said)
	}
}
