package zipfile

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/dirhash"
)

// FuzzHash: whatever the content, the hash is the one that cmd/go computes, and what is read is what was written.
func FuzzHash(f *testing.F) {
	f.Add([]byte("module example.com/m\n"), "go.mod")
	f.Add([]byte(strings.Repeat("all work and no play ", 5000)), "a/b.txt")
	f.Add([]byte{}, "empty")
	f.Fuzz(func(t *testing.T, content []byte, name string) {
		if name == "" || name == "other" || strings.ContainsAny(name, "\n\x00") {
			t.Skip("no name of a file in a module")
		}
		zipped := write(t, map[string][]byte{name: content, "other": content})
		want, err := dirhash.HashZip(zipped, dirhash.Hash1)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Hash(zipped); err != nil || got != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
		if got := read(t, zipped, name); !bytes.Equal(got, content) {
			t.Errorf("read %d bytes, want %d", len(got), len(content))
		}
	})
}

// TestCorrupt: each byte of a zip, turned, gives an error or leaves the hash as it was; never a panic and never another content.
func TestCorrupt(t *testing.T) {
	name := write(t, map[string][]byte{"a": bytes.Repeat([]byte("words "), 50)})
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0xff
		corrupt := filepath.Join(t.TempDir(), "bad.zip")
		if err := os.WriteFile(corrupt, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		want, wantErr := dirhash.HashZip(corrupt, dirhash.Hash1)
		if got, err := Hash(corrupt); got != want || (err == nil) != (wantErr == nil) {
			t.Errorf("byte %d: %s, %v; the standard library: %s, %v", i, got, err, want, wantErr)
		}
	}
}

func TestMissing(t *testing.T) {
	if _, err := Hash(filepath.Join(t.TempDir(), "none.zip")); !os.IsNotExist(err) {
		t.Errorf("got %v", err)
	}
}

// TestTwice: cmd/go takes the last of two files of one name for both; here there is no such zip.
func TestTwice(t *testing.T) {
	name := filepath.Join(t.TempDir(), "twice.zip")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for range 2 {
		if _, err := z.Create("a"); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Hash(name); err == nil || !strings.Contains(err.Error(), "two files have one name") {
		t.Errorf("got %v", err)
	}
}

func write(t *testing.T, files map[string][]byte) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "m.zip")
	if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func read(t *testing.T, zipped, name string) []byte {
	t.Helper()
	z, err := Open(zipped)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		if f.Name != name {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	t.Fatalf("%s has no %s", zipped, name)
	return nil
}
