// Package modproxytest is for tests alone: it makes modules that nobody has published, as a module proxy has them, and the
// lines of go.sum that go with them. What cannot be a module ends the test.
package modproxytest

import (
	archivezip "archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	modzip "golang.org/x/mod/zip"
)

// Module is one version of a module (https://go.dev/ref/mod#goproxy-protocol).
type Module struct {
	// Files are its .info, .mod and .zip by their escaped paths: below the URL of a proxy, or cache/download of a module cache.
	Files fstest.MapFS
	// Sums are its lines of go.sum: that of the zip, then that of go.mod.
	Sums string
}

// New makes a module of its files. Without a go.mod it gets the one line that proxies make up.
func New(tb testing.TB, m module.Version, files fs.FS) Module {
	tb.Helper()
	goMod, err := fs.ReadFile(files, "go.mod")
	if errors.Is(err, fs.ErrNotExist) {
		goMod, err = []byte("module "+m.Path+"\n"), nil
	}
	path, pathErr := module.EscapePath(m.Path)
	version, versionErr := module.EscapeVersion(m.Version)
	zipped, zipSum, zipErr := zip(m, files, tb.TempDir())
	modSum, sumErr := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(goMod)), nil
	})
	if err := errors.Join(err, pathErr, versionErr, zipErr, sumErr); err != nil {
		tb.Fatalf("making the module %s: %v", m, err)
	}
	base := path + "/@v/" + version
	return Module{
		Files: fstest.MapFS{
			base + ".info": {Data: fmt.Appendf(nil, `{"Version": %q}`, m.Version)},
			base + ".mod":  {Data: goMod},
			base + ".zip":  {Data: zipped},
		},
		Sums: fmt.Sprintf("%[1]s %[2]s %[3]s\n%[1]s %[2]s/go.mod %[4]s\n", m.Path, m.Version, zipSum, modSum),
	}
}

func zip(m module.Version, files fs.FS, dir string) (zipped []byte, sum string, err error) {
	tree, name := filepath.Join(dir, "tree"), filepath.Join(dir, "zip")
	if err := os.CopyFS(tree, files); err != nil {
		return nil, "", err
	}
	var b bytes.Buffer
	if err := modzip.CreateFromDir(&b, m, tree); err != nil {
		return nil, "", err
	}
	if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
		return nil, "", err
	}
	sum, err = dirhash.HashZip(name, dirhash.Hash1)
	return b.Bytes(), sum, err
}

// WriteZip writes the zip of a module with a file of that many zeros, beside its go.mod.
func WriteZip(tb testing.TB, m module.Version, name, file string, size int64) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		tb.Fatal(err)
	}
	f, err := os.Create(name)
	if err != nil {
		tb.Fatal(err)
	}
	z := archivezip.NewWriter(f)
	w, err := z.Create(m.String() + "/go.mod")
	if err == nil {
		_, err = io.WriteString(w, "module "+m.Path+"\n")
	}
	if err == nil {
		w, err = z.Create(m.String() + "/" + file)
	}
	if err == nil {
		_, err = io.CopyN(w, zeros{}, size)
	}
	if err := errors.Join(err, z.Close(), f.Close()); err != nil {
		tb.Fatal(err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
