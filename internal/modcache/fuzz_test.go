package modcache

import (
	"archive/zip"
	"errors"
	"go/build"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/gomod"
)

// FuzzZip: whatever the names and contents in a zip whose sum is right, nothing is written outside of the module cache.
func FuzzZip(f *testing.F) {
	f.Add("m.go", "package m\nimport _ \"example.org/m/a\"\n", "a/a.s", "#include \"../x.inc\"\n#include \"./y.h\"\n", "x.inc", "text")
	f.Add("m.go", "package m\n//go:embed all:*\n", "LICENSE", "MIT", "../x", "text")
	f.Add("m.go", "package m\nimport \"C\"\n", "a\\b.go", "package a", "a/./b.go", "text")
	f.Add("m.s", "#include \"a.s\"\n", "a.s", "#include \"m.s\"", "M.s", "text")
	f.Fuzz(func(t *testing.T, n1, c1, n2, c2, n3, c3 string) {
		from, root := t.TempDir(), filepath.Join(t.TempDir(), "a", "b")
		name, err := ZipName(from, bombed)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		file, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		z := zip.NewWriter(file)
		for _, e := range [][2]string{{n1, c1}, {n2, c2}, {n3, c3}} {
			if w, err := z.Create(bombed.String() + "/" + e[0]); err == nil {
				_, _ = io.WriteString(w, e[1]) // a folder takes none
			}
		}
		if err := errors.Join(z.Close(), file.Close()); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name+"hash", nil, 0o644); err != nil {
			t.Fatal(err)
		}
		zips, list := []module.Version{bombed}, []gomod.Module{{Path: bombed.Path, Version: bombed.Version}}
		if _, err := Licenses(zips, from, t.TempDir()); err != nil || Slim(zips, from) != nil {
			return
		}
		ctx := build.Context{
			GOOS: "linux", GOARCH: "amd64", Compiler: "gc", CgoEnabled: true, ReleaseTags: []string{"go1.1"},
			JoinPath: filepath.Join, IsAbsPath: filepath.IsAbs, SplitPathList: func(string) []string { return nil },
			HasSubdir: func(string, string) (string, bool) { return "", false },
		}
		// Errors are fine.
		_ = Extract(zipsIn(t, from, root), list, root, Imports{Paths: []string{"example.org/m", "example.org/m/a"}, Context: ctx})
		_, _ = Whole(zipsIn(t, from, root), list, root, []string{"example.org/m/a"})
		err = filepath.WalkDir(filepath.Dir(filepath.Dir(root)), func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				if r, e := filepath.Rel(root, p); e != nil || !filepath.IsLocal(r) {
					t.Errorf("outside: %s", p)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
