//go:build linux

package integration

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
)

// TestSearch: the search of [TestCanary] finds what is hidden from it.
func TestSearch(t *testing.T) {
	secret := []byte("the password is " + canary + ".")
	dir := t.TempDir()
	for name, content := range map[string][]byte{
		"plain": secret, "encoded": []byte(basicAuth("builder", canary)), "encoded token": []byte(basicAuth("x-access-token", canary+"-token")), "encoded, too": []byte(basicAuth("me", canary+"-helper")),
		"encoded, none": []byte(basicAuth("x-access-token", "another")),
		"of/gzip":       gzipped(t, secret), "of/half a gzip": gzipped(t, slices.Concat(secret, make([]byte, 1<<20)))[:200],
		"of/zstd": zstdEncoder(t).EncodeAll(secret, nil), "of/zip": zipped(t, secret), "none": gzipped(t, []byte("nothing")),
	} {
		edit(t, dir, name, string(content))
	}
	count, found := search(t, dir, hasCanary)
	for i := range found {
		found[i] = strings.TrimPrefix(found[i], dir+"/")
	}
	want := []string{"encoded", "encoded token", "encoded, too", "of/gzip", "of/half a gzip", "of/zip", "of/zstd", "plain"}
	if diff := cmp.Diff(want, found); diff != "" || count != 10 {
		t.Errorf("of %d files (-want +got):\n%s", count, diff)
	}
}

// search looks into every file below dir, and into what it is compressed from, and gives the number of files and those that match.
func search(t *testing.T, dir string, match func([]byte) bool) (count int, found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		count++
		data, err := os.ReadFile(name)
		if match(data) || match(decompressed(data)) {
			found = append(found, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return count, found
}

// hasCanary finds the password as it is, and as basic authentication writes it behind whatever name.
func hasCanary(data []byte) bool {
	return slices.ContainsFunc(spellings(), func(spelling []byte) bool { return bytes.Contains(data, spelling) })
}

// spellings are those of the password. In base64 there are three, without the characters that depend on what is around it.
var spellings = sync.OnceValue(func() [][]byte {
	all := [][]byte{[]byte(canary)}
	for before := range 3 {
		text := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), canary...))
		all = append(all, []byte(text[(before*8+5)/6:(before+len(canary))*8/6]))
	}
	return all
})

// decompressed is what can be read of gzip, zstd or zip; nil for anything else.
func decompressed(data []byte) []byte {
	var readers []io.Reader
	if r, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
		readers = append(readers, r)
	} else if r, err := zstd.NewReader(bytes.NewReader(data)); err == nil && bytes.HasPrefix(data, []byte("\x28\xb5\x2f\xfd")) {
		defer r.Close()
		readers = append(readers, r)
	} else if r, err := zip.NewReader(bytes.NewReader(data), int64(len(data))); err == nil {
		for _, f := range r.File {
			if content, err := readZipped(f); err == nil {
				readers = append(readers, bytes.NewReader(content))
			}
		}
	}
	plain, _ := io.ReadAll(io.MultiReader(readers...)) // of a part that is broken off, too
	return plain
}

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("file")
	if err == nil {
		_, err = f.Write(data)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstdEncoder(t *testing.T) *zstd.Encoder {
	t.Helper()
	e, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}
