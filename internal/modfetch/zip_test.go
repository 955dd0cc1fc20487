package modfetch

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	modzip "golang.org/x/mod/zip"
)

var zippedModule = module.Version{Path: "example.com/m", Version: "v1.0.0"}

const zippedPrefix = "example.com/m@v1.0.0/"

// FuzzHash: whatever the content, the hash is the one that cmd/go computes, and what is read is what was written.
func FuzzHash(f *testing.F) {
	f.Add([]byte("module example.com/m\n"), "go.mod")
	f.Add([]byte(strings.Repeat("all work and no play ", 5000)), "a/b.txt")
	f.Add([]byte{}, "empty")
	f.Fuzz(func(t *testing.T, content []byte, name string) {
		if name == "" || name == "other" || strings.HasSuffix(name, "/") {
			t.Skip("no name of a file that is not the other one")
		}
		name = zippedPrefix + name
		zipped := zipped(t, map[string][]byte{name: content, zippedPrefix + "other": content})
		if checked, err := modzip.CheckZip(zippedModule, zipped); err != nil || checked.Err() != nil {
			if z, err := OpenModule(zippedModule, zipped); err == nil {
				t.Error("cmd/go does not take it")
				z.Close()
			}
			return
		}
		want, err := dirhash.HashZip(zipped, dirhash.Hash1)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := hashZip(zipped); err != nil || got != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
		if got := inZip(t, zipped, name); !bytes.Equal(got, content) {
			t.Errorf("read %d bytes, want %d", len(got), len(content))
		}
	})
}

// FuzzOpen: whatever bytes come, there is no panic, and what is hashed is what cmd/go hashes.
func FuzzOpen(f *testing.F) {
	for _, files := range []map[string][]byte{{zippedPrefix + "a": []byte("words"), zippedPrefix + "b/c": nil}, {zippedPrefix + "go.mod": bytes.Repeat([]byte("module m\n"), 100)}} {
		content, err := os.ReadFile(zipped(f, files))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Add(overlapping(3, 1<<10))
	f.Fuzz(func(t *testing.T, content []byte) {
		name := filepath.Join(t.TempDir(), "m.zip")
		if err := os.WriteFile(name, content, 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := hashZip(name)
		if err != nil {
			return
		}
		if want, err := dirhash.HashZip(name, dirhash.Hash1); err != nil || got != want {
			t.Errorf("got %s, want %s, %v", got, want, err)
		}
	})
}

// TestCorrupt: each byte of a zip, turned, gives an error or leaves the hash as it was; never a panic and never another content.
func TestCorrupt(t *testing.T) {
	name := zipped(t, map[string][]byte{zippedPrefix + "a": bytes.Repeat([]byte("words "), 50)})
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
		got, err := hashZip(corrupt)
		if err != nil {
			continue
		}
		if want, err := dirhash.HashZip(corrupt, dirhash.Hash1); got != want || err != nil {
			t.Errorf("byte %d: %s; the standard library: %s, %v", i, got, want, err)
		}
	}
}

func TestMissing(t *testing.T) {
	if _, err := hashZip(filepath.Join(t.TempDir(), "none.zip")); !os.IsNotExist(err) {
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
		if _, err := z.Create(zippedPrefix + "a"); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := hashZip(name); err == nil || !strings.Contains(err.Error(), "two files have one name") {
		t.Errorf("got %v", err)
	}
}

// TestBombs: a zip that says, or does not say, that it has more than a module may have costs little.
func TestBombs(t *testing.T) {
	var twice bytes.Buffer
	z := zip.NewWriter(&twice)
	w, err := z.CreateRaw(&zip.FileHeader{Name: zippedPrefix + "a.go", Method: zip.Deflate, CompressedSize64: 2, UncompressedSize64: 600 << 20})
	if err == nil {
		_, err = w.Write([]byte{3, 0})
	}
	if err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		bomb []byte
		want string
	}{
		"files over the same bytes": {overlapping(60, 17<<20), "more than the 524288000 bytes"},
		"one large file":            {twice.Bytes(), "more than the 524288000 bytes"},
		"too many files":            {overlapping(200_001, 0), "more than the 200000 allowed"},
		"very many files":           {overlapping(500_000, 0), "allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "bomb.zip")
			if err := os.WriteFile(file, c.bomb, 0o644); err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := hashZip(file)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("of %d bytes: %v, want %q", len(c.bomb), err, c.want)
			}
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 400 {
				t.Errorf("it took %d MiB to say: %v", used, err)
			}
		})
	}
}

// overlapping is a zip of files that all have the same content, that many zeros, which lies in it once.
func overlapping(count, zeros int) []byte {
	var one bytes.Buffer
	z := zip.NewWriter(&one)
	w, err := z.Create(zippedPrefix + "0000000")
	if err == nil {
		_, err = w.Write(make([]byte, zeros))
	}
	if err != nil || z.Close() != nil {
		panic(err) // a buffer does not fail
	}
	end := len(one.Bytes()) - 22
	start := int(binary.LittleEndian.Uint32(one.Bytes()[end+16:]))
	record, bomb := one.Bytes()[start:end], bytes.Clone(one.Bytes()[:start])
	for i := range count {
		copy(record[46+len(zippedPrefix):], fmt.Sprintf("%07d", i))
		bomb = append(bomb, record...)
	}
	tail := bytes.Clone(one.Bytes()[end:])
	binary.LittleEndian.PutUint16(tail[8:], uint16(count))
	binary.LittleEndian.PutUint16(tail[10:], uint16(count))
	binary.LittleEndian.PutUint32(tail[12:], uint32(count*len(record)))
	return append(bomb, tail...)
}

func zipped(t testing.TB, files map[string][]byte) string {
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

func inZip(t *testing.T, zipped, name string) []byte {
	t.Helper()
	z, err := OpenModule(zippedModule, zipped)
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
