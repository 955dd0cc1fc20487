package toolchain

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/modfetch"
	"github.com/modship-build/modship/internal/testing/modproxytest"
)

const (
	goVersion = "go1.26.8"
	zipPath   = "/golang.org/toolchain/@v/v0.0.1-go1.26.8.linux-amd64.zip"
	listPath  = "/golang.org/toolchain/@v/list"
	dbName    = "sum.corp.example"
)

var toolchainModule = module.Version{Path: ModulePath, Version: "v0.0.1-go1.26.8.linux-amd64"}

// goFiles is a toolchain in small: one file for each rule of what is kept, renamed and made executable.
var goFiles = map[string]string{
	"LICENSE":                                "BSD",
	"VERSION":                                "go1.26.8\ntime 2026-08-28T16:20:06Z\n",
	"go.env":                                 "GOTOOLCHAIN=auto\n",
	"bin/go":                                 "program",
	"bin/gofmt":                              "program",
	"pkg/include/textflag.h":                 "header",
	"pkg/tool/linux_amd64/compile":           "program",
	"pkg/tool/linux_amd64/vet":               "program",
	"lib/time/zoneinfo.zip":                  "zones",
	"lib/wasm/go_js_wasm_exec":               "#!/bin/sh",
	"lib/wasm/wasm_exec.js":                  "script",
	"src/_go.mod":                            "module std",
	"src/vendor/modules.txt":                 "# modules",
	"src/fmt/print.go":                       "package fmt",
	"src/fmt/print_windows.go":               "package fmt",
	"src/fmt/print_darwin_arm64.s":           "TEXT",
	"src/fmt/print_windows_unix.go":          "package fmt",
	"src/fmt/windows.go":                     "package fmt",
	"src/fmt/print_test.go":                  "package fmt",
	"src/fmt/testdata/deep/x.go":             "x",
	"src/go/build/deps_testing.go":           "package build",
	"src/json/jsontest/data.go":              "//go:embed testdata",
	"src/json/jsontest/testdata/a.zst":       "embedded",
	"src/json/jsontest/testdata/x_test.go":   "test",
	"src/runtime/race/race_linux_amd64.syso": "object",
	"src/json/jsontest/_embed/b.zst":         "embedded",
	"src/json/jsontest/_embed/_go.mod":       "module x",
	"src/cmd/_go.mod":                        "module cmd",
	"src/cmd/go/main.go":                     "package main",
	"src/cmd/vendor/modules.txt":             "# modules",
	"test/fixedbugs/x.go":                    "package main",
	"api/go1.26.txt":                         "api",
	"doc/go_spec.html":                       "doc",
	"misc/go.vim":                            "editor",
}

// wantTree is what Fetch leaves of goFiles: name, mode, content.
const wantTree = `LICENSE -rw-r--r-- BSD
VERSION -rw-r--r-- go1.26.8
bin drwxr-xr-x
bin/go -rwxr-xr-x program
go.env -rw-r--r-- GOTOOLCHAIN=auto
lib drwxr-xr-x
lib/time drwxr-xr-x
lib/time/zoneinfo.zip -rw-r--r-- zones
lib/wasm drwxr-xr-x
lib/wasm/go_js_wasm_exec -rwxr-xr-x #!/bin/sh
lib/wasm/wasm_exec.js -rw-r--r-- script
pkg drwxr-xr-x
pkg/include drwxr-xr-x
pkg/include/textflag.h -rw-r--r-- header
pkg/tool drwxr-xr-x
pkg/tool/linux_amd64 drwxr-xr-x
pkg/tool/linux_amd64/compile -rwxr-xr-x program
src drwxr-xr-x
src/cmd drwxr-xr-x
src/cmd/go.mod -rw-r--r-- module cmd
src/fmt drwxr-xr-x
src/fmt/print.go -rw-r--r-- package fmt
src/fmt/print_windows_unix.go -rw-r--r-- package fmt
src/fmt/windows.go -rw-r--r-- package fmt
src/go drwxr-xr-x
src/go/build drwxr-xr-x
src/go/build/deps_testing.go -rw-r--r-- package build
src/go.mod -rw-r--r-- module std
src/json drwxr-xr-x
src/json/jsontest drwxr-xr-x
src/json/jsontest/_embed drwxr-xr-x
src/json/jsontest/_embed/b.zst -rw-r--r-- embedded
src/json/jsontest/_embed/go.mod -rw-r--r-- module x
src/json/jsontest/data.go -rw-r--r-- //go:embed testdata
src/json/jsontest/testdata drwxr-xr-x
src/json/jsontest/testdata/a.zst -rw-r--r-- embedded
src/runtime drwxr-xr-x
src/runtime/race drwxr-xr-x
src/runtime/race/race_linux_amd64.syso -rw-r--r-- object
src/vendor drwxr-xr-x
src/vendor/modules.txt -rw-r--r-- # modules
`

// toolchainZip packs files in the layout of a module zip.
func toolchainZip(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(toolchainModule.String() + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipSum(t *testing.T, data []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "x.zip")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	sum, err := dirhash.HashZip(name, dirhash.Hash1)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// world is a module proxy with a checksum database.
type world struct {
	*modproxytest.Server
	t   *testing.T
	key string // of the database
	zip []byte
	sum string

	pins []string
	// allSystems is of [Options].
	allSystems bool
	pauses     []time.Duration
}

// newWorld serves the zip of files, its list and a database that knows it, through the proxy.
func newWorld(t *testing.T, files map[string]string) *world {
	t.Helper()
	w := &world{Server: modproxytest.NewServer(t), t: t, zip: toolchainZip(t, files)}
	w.sum = zipSum(t, w.zip)
	w.Handle(zipPath, modproxytest.Serve(w.zip))
	w.Handle(listPath, modproxytest.Serve([]byte("v0.0.1-go1.26.8.linux-amd64\nv0.0.1-go1.26.7.linux-amd64\n")))
	db, key := modproxytest.SumDB(t, dbName, map[module.Version]string{toolchainModule: w.sum})
	w.key = key
	w.HandleSumDB(dbName, db)
	return w
}

// fetcher asks this world only, and never really sleeps.
func (w *world) fetcher() *modfetch.Fetcher {
	return &modfetch.Fetcher{
		Settings: goenv.Settings{Proxy: w.URL, SumDB: w.key},
		Client: modfetch.Client{HTTP: w.Client(), Sleep: func(ctx context.Context, d time.Duration) error {
			w.pauses = append(w.pauses, d)
			return ctx.Err()
		}},
	}
}

func (w *world) fetch(f *modfetch.Fetcher) (dest string, err error) {
	dest = filepath.Join(w.t.TempDir(), "parent", "go")
	m, sum, err := Fetch(w.t.Context(), f, goVersion, "linux", "amd64", Options{Pins: w.pins, AllSystems: w.allSystems}, dest)
	if err == nil && (m != toolchainModule || sum != w.sum) {
		w.t.Errorf("fetched %s with %s", m, sum)
	}
	return dest, err
}

// wantFailure fetches, and holds that the error has all the words and that nothing is left on the disk.
func (w *world) wantFailure(f *modfetch.Fetcher, words ...string) error {
	w.t.Helper()
	dest, err := w.fetch(f)
	if err == nil {
		w.t.Fatal("no error")
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			w.t.Errorf("the error %q lacks %q", err, word)
		}
	}
	if left, _ := os.ReadDir(filepath.Dir(dest)); len(left) > 0 {
		w.t.Errorf("left behind: %v", left)
	}
	return err
}

func (w *world) wantGood(f *modfetch.Fetcher) {
	w.t.Helper()
	dest, err := w.fetch(f)
	if err != nil {
		w.t.Fatal(err)
	}
	if got := tree(w.t, dest); got != wantTree {
		w.t.Errorf("the tree is not as wanted:\n%s", got)
	}
}

// tree lists what is below root with mode and first line, and holds that every time is ModTime.
func tree(t *testing.T, root string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.ModTime().Unix() != ModTime {
			t.Errorf("%s has the time %v", name, info.ModTime())
		}
		if name == root {
			return nil
		}
		fmt.Fprintf(&b, "%s %v", strings.TrimPrefix(name, root+"/"), info.Mode())
		if !d.IsDir() {
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			line, _, _ := strings.Cut(string(data), "\n")
			b.WriteString(" " + line)
		}
		b.WriteString("\n")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
