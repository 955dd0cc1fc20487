package step

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	modzip "golang.org/x/mod/zip"
)

// publish writes a module into a folder as a proxy serves it and gives its lines of go.sum.
func publish(t *testing.T, zips string, m module.Version, files map[string]string) string {
	t.Helper()
	dir, base := t.TempDir(), filepath.Join(zips, m.Path, "@v", m.Version)
	for name, text := range files {
		write(t, filepath.Join(dir, name), text)
	}
	var zipped bytes.Buffer
	if err := modzip.CreateFromDir(&zipped, m, dir); err != nil {
		t.Fatal(err)
	}
	write(t, base+".zip", zipped.String())
	write(t, base+".mod", files["go.mod"])
	write(t, base+".info", `{"Version": "`+m.Version+`"}`)
	zipSum, err := dirhash.HashZip(base+".zip", dirhash.Hash1)
	if err != nil {
		t.Fatal(err)
	}
	modSum, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(files["go.mod"])), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %s %s\n%s %s/go.mod %s\n", m.Path, m.Version, zipSum, m.Path, m.Version, modSum)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
