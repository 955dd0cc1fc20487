package modcache

import (
	"crypto/sha256"
	"fmt"
	"go/build"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/modfetch"
	"github.com/modship-build/modship/internal/testing/golden"
	"github.com/modship-build/modship/internal/testing/modproxytest"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// world is a module proxy with the go.sum lines of what it serves.
type world struct {
	files fstest.MapFS
	sums  modfetch.GoSum
	url   string
}

// published are modules as a proxy has them: folders named path@version.
const published = `
-- example.org/log@v1.0.0/go.mod --
module example.org/log
-- example.org/log@v1.0.0/log.go --
package log

import (
	"crypto/sha256"
	"fmt"
	"fmt"
	_ "example.org/log/level"
)
-- example.org/log@v1.0.0/log_windows.go --
package log

import _ "example.org/win"
-- example.org/log@v1.0.0/log_test.go --
package log

import _ "example.org/testing"
-- example.org/log@v1.0.0/unused/unused.go --
package unused
-- example.org/log@v1.0.0/level/level.go --
package level

import _ "example.org/log/sub"
-- example.org/log@v1.0.0/level/level_linux.s --
#include "textflag.h"
#include "../asm/a.inc"
-- example.org/log@v1.0.0/asm/a.inc --
#include "../asm/b.h"
-- example.org/log@v1.0.0/asm/b.h --
-- example.org/log@v1.0.0/asm/unused.h --
-- example.org/log/sub@v0.1.0/sub.go --
package sub

import _ "embed"

//go:embed data
var data string
-- example.org/log/sub@v0.1.0/data/page.html --
page
-- example.org/log/sub@v0.1.0/data/template_test.go --
package template
-- example.org/log/sub@v0.1.0/other/other.go --
package other
-- example.org/C@v1.0.0/c.go --
package c

import "C"
-- example.org/C@v1.0.0/include/deep/c.h --
-- example.org/none@v1.0.0/none.go --
package none
-- example.org/win@v1.0.0/win.go --
package win
`

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{files: fstest.MapFS{}, sums: modfetch.GoSum{}}
	archive := golden.Parse(t, published).FS()
	for name := range archive {
		at := strings.Index(name, "@")
		version, _, _ := strings.Cut(name[at+1:], "/")
		m := module.Version{Path: name[:at], Version: version}
		if w.sums[m] != nil {
			continue
		}
		files, err := fs.Sub(archive, m.String())
		if err != nil {
			t.Fatal(err)
		}
		w.publish(t, m, files)
	}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		http.FileServerFS(w.files).ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

func (w *world) publish(t *testing.T, m module.Version, files fs.FS) {
	t.Helper()
	made := modproxytest.New(t, m, files)
	maps.Copy(w.files, made.Files)
	w.sums.Add([]byte(made.Sums))
}

// fetch fetches modules into a module cache.
func (w *world) fetch(t *testing.T, list []module.Version, root string) {
	t.Helper()
	f := &modfetch.Fetcher{Settings: goenv.Settings{Proxy: w.url}}
	if err := f.Modules(t.Context(), list, w.sums, filepath.Join(root, Downloads)); err != nil {
		t.Fatal(err)
	}
}

// all are the modules that are published.
func (w *world) all() gomod.Table {
	var all gomod.Table
	for m := range w.sums {
		if !strings.HasSuffix(m.Version, "/go.mod") {
			all.Modules = append(all.Modules, gomod.Module{Path: m.Path, Version: m.Version})
		}
	}
	return all
}

func (w *world) list() []module.Version { return w.all().Downloads() }

func TestExtract(t *testing.T) {
	w := newWorld(t)
	from, root := t.TempDir(), t.TempDir()
	w.fetch(t, w.list(), from)
	ctx := build.Context{GOOS: "linux", GOARCH: "arm64", Compiler: "gc", CgoEnabled: true}
	imports := Imports{Paths: []string{"example.org/log", "example.org/C", "example.org/absent", "fmt"}, Context: ctx}
	if err := Extract(zipsIn(t, from, root), w.all().Modules, root, imports, imports); err != nil { // the second platform finds all of it there
		t.Fatal(err)
	}
	want := []string{
		"example.org/!c@v1.0.0/c.go", "example.org/!c@v1.0.0/include/deep/c.h",
		"example.org/log/sub@v0.1.0/data/page.html", "example.org/log/sub@v0.1.0/data/template_test.go", "example.org/log/sub@v0.1.0/other/other.go", "example.org/log/sub@v0.1.0/sub.go",
		"example.org/log@v1.0.0/asm/a.inc", "example.org/log@v1.0.0/asm/b.h", "example.org/log@v1.0.0/go.mod",
		"example.org/log@v1.0.0/level/level.go", "example.org/log@v1.0.0/level/level_linux.s",
		"example.org/log@v1.0.0/log.go", "example.org/log@v1.0.0/log_windows.go",
	}
	if diff := cmp.Diff(want, unpacked(t, root)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, m := range []string{"none", "win"} {
		if _, err := os.Stat(filepath.Join(root, "example.org", m+"@v1.0.0")); err != nil {
			t.Errorf("cmd/go wants a folder also for a module that nothing is imported from: %v", err)
		}
	}
}

func TestFacts(t *testing.T) {
	w := newWorld(t)
	from, root := t.TempDir(), t.TempDir()
	w.fetch(t, w.list()[:1], from)
	if err := Facts(from, root); err != nil {
		t.Fatal(err)
	}
	want := slices.DeleteFunc(testbed.Files(t, from), func(n string) bool { return filepath.Ext(n) == ".zip" })
	if diff := cmp.Diff(want, testbed.Files(t, root)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLicenses(t *testing.T) {
	w := newWorld(t)
	mit, err := os.ReadFile("testdata/MIT")
	if err != nil {
		t.Fatal(err)
	}
	m := module.Version{Path: "example.org/free", Version: "v1.0.0"}
	w.publish(t, m, fstest.MapFS{"LICENSE": {Data: mit}, "sub/LICENSE": {Data: []byte("other")}})
	root, texts := t.TempDir(), t.TempDir()
	w.fetch(t, w.list(), root)
	found, err := Licenses(append(w.list(), module.Version{Path: "example.org/absent", Version: "v1.0.0"}), root, texts)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"example.org/free@v1.0.0": {fmt.Sprintf("%x", sha256.Sum256(mit))}}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want["example.org/free@v1.0.0"], testbed.Files(t, texts)); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
}

// zipsIn gives the zips of a module cache, whose facts are copied to another one.
func zipsIn(t *testing.T, from, root string) Zips {
	t.Helper()
	if err := Facts(from, root); err != nil {
		t.Fatal(err)
	}
	return func(m module.Version) (string, error) { return ZipName(from, m) }
}

// unpacked lists the files of modules in a module cache, without its facts.
func unpacked(t *testing.T, root string) []string {
	t.Helper()
	return slices.DeleteFunc(testbed.Files(t, root), func(name string) bool { return strings.HasPrefix(name, Downloads) })
}
