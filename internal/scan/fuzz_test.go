package scan

import (
	"go/token"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/modship-build/modship/internal/testing/golden"
)

// FuzzSource scans modules of one arbitrary file: a scan always answers, alike each time, names only files that exist and
// imports that are fit for a command line.
func FuzzSource(f *testing.F) {
	f.Add("main.go", "package main\n\nimport (\n\t\"fmt\"\n\t\"example.com/m\"\n)\n")
	f.Add("main_arm.go", "//go:build arm.7 && !cgo\n\npackage main\nimport \"C\"\n")
	f.Add("e.go", "package main\nimport _ \"embed\"\n//go:embed all:a \"b c\" `d` ../x\nvar x string\n")
	f.Add("a.go", "package lib\nimport `a...`\nimport \"-x\"\nimport . \"./y\"\n")
	f.Add("b.go", "// +build linux\n\npackage main;import\"os\";import(\"net\")")
	f.Add("c.go", "\ufeffpackage main\r\n/*")
	f.Add("cgo.go", "package main\n\n// #cgo LDFLAGS: -lm\n// #cgo x\nimport \"C\"\n")
	f.Add("x.s", "//go:build arm\n\nTEXT")
	f.Add("cmd/v2/main.go", "package main")
	f.Add("v.go", "package main\nvar version, date = \"dev\", f()\nconst commit = `x` + version\nvar (\n//go:embed a\nsha string)\n")
	f.Add("w.go", "package main\ntype string = T[int]\ntype T[P any] []T[T[P]]\nvar version string = version\nvar commit [len(commit)]string\n")
	f.Add("x.go", "package main\ntype string = T[int]\ntype T[P aning ]T[T[P]]\nvar version string = version\n")
	f.Add("y.go", "package main\nconst a = \"x\" + b\nconst b, c = a + a, min(\"a\", a)\nvar version, commit = string(c), len(a)\nfunc f() (string, int)\nvar date, sha = f()\n")
	f.Add("z.go", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
	f.Add("default.pgo", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
	f.Add("go.mod", "module a\nreplace b => c v1.0.0\nignore ./x\n")
	f.Add("go.work", "go 1.26\nreplace x => y v1.0.0\n")
	f.Fuzz(func(t *testing.T, name, content string) {
		fsys := fstest.MapFS{"go.mod": {Data: []byte("module example.com/m\n\ngo 1.26\n")}}
		fsys[name] = &fstest.MapFile{Data: []byte(content)}
		req := request(t)
		_, req.Work = fsys["go.work"]
		if len(content)%2 == 0 {
			req.Cgo = req.Targets
		}
		req.Stamp = []string{"main.version", "example.com/m.commit", "example.com/m/lib.Date", "os.Args", "x", "main."}
		r, err := Scan(fsys, req)
		if err != nil {
			if name != "go.mod" && name != "go.work" {
				t.Fatal(err)
			}
			return
		}
		checkFiles(t, fsys, r)
		for _, m := range r.Mains {
			for _, image := range r.Images[m.ImportPath] {
				for _, imp := range slices.Concat(image.Std, image.External) {
					if strings.HasPrefix(imp, "-") || strings.Contains(imp, "...") || checkImport(imp) != nil {
						t.Errorf("import %q is not fit for the go command", imp)
					}
				}
				for _, name := range image.Vars {
					if _, ok := WellKnown(name); !ok || !token.IsIdentifier(name) {
						t.Errorf("variable %q is not one to stamp", name)
					}
				}
			}
		}
		if again := scanned(t, fsys, req); golden.JSON(t, r) != golden.JSON(t, again) {
			t.Error("another scan gives another result")
		}
	})
}
