package ociread

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/modship-build/modship/internal/binary"
)

// noise is content that compresses badly, the same for one seed.
func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	r.Read(b)
	return b
}

// imageWith gives the file system of an image whose second entry is a file.
func imageWith(t testing.TB, c Compression, content string, l limits, opts FSOptions) (*FS, string) {
	t.Helper()
	layer := tarOf(t, map[string]string{"first": "1", "file": content, "last": "3"},
		&tar.Header{Name: "first", Typeflag: tar.TypeReg}, &tar.Header{Name: "file", Typeflag: tar.TypeReg}, &tar.Header{Name: "last", Typeflag: tar.TypeReg})
	dir := layoutOf(t, imageOf(t, "linux/amd64", newLayer(t, c, layer)))
	fsys, err := images(t, mustOpenLimited(t, "oci:"+dir, l))[0].FS(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return fsys, dir
}

// TestReadAt reads small and large files of every compression in any order.
func TestReadAt(t *testing.T) {
	content := noise(13 * pageSize / 2)
	tight := defaultLimits
	tight.cache, tight.pages = 1<<20, 4
	for _, c := range []Compression{"", Gzip, Zstd} {
		for _, l := range []limits{defaultLimits, tight} {
			fsys, _ := imageWith(t, c, string(content), l, FSOptions{})
			f, err := fsys.Open("file")
			if err != nil {
				t.Fatal(err)
			}
			at := f.(io.ReaderAt)
			for _, off := range []int64{0, int64(len(content)) - 10, 5, pageSize - 3, 3 * pageSize, 0, int64(len(content)) - 2*pageSize} {
				got := make([]byte, 3*pageSize)
				n, err := at.ReadAt(got, off)
				want := content[off:min(off+int64(len(got)), int64(len(content)))]
				if !bytes.Equal(got[:n], want) || (n < len(got)) != errors.Is(err, io.EOF) {
					t.Errorf("%q at %d: %d bytes, %v", c, off, n, err)
				}
			}
			if all, err := io.ReadAll(f); !bytes.Equal(all, content) || err != nil {
				t.Errorf("%q: %d bytes, %v", c, len(all), err)
			}
			f.Close()
		}
	}
}

// TestKeepsContents reads a layer once if it knows what will be wanted.
func TestKeepsContents(t *testing.T) {
	for keep, want := range map[bool]bool{true: true, false: false} {
		fsys, dir := imageWith(t, Gzip, "content", defaultLimits, FSOptions{Keep: func(name string, _ int64) bool { return keep && name == "/file" }})
		if err := os.RemoveAll(filepath.Join(dir, "blobs")); err != nil {
			t.Fatal(err)
		}
		got, err := fs.ReadFile(fsys, "file")
		if (string(got) == "content" && err == nil) != want {
			t.Errorf("keep %v: %q, %v", keep, got, err)
		}
		if _, err := fs.ReadFile(fsys, "last"); !errors.Is(err, ErrNotFound) {
			t.Errorf("last: %v", err)
		}
	}
}

// TestChanged refuses bytes that were others before, of small files and of pages.
func TestChanged(t *testing.T) {
	tight := defaultLimits
	tight.cache = 1 << 20
	for _, l := range []limits{defaultLimits, tight} {
		fsys, dir := imageWith(t, Gzip, strings.Repeat("a", 3<<20), l, FSOptions{})
		_, other := imageWith(t, Gzip, strings.Repeat("a", 2<<20)+strings.Repeat("b", 1<<20), l, FSOptions{})
		layer := func(dir string) string {
			s := mustOpen(t, "oci:"+dir)
			return filepath.Join(dir, "blobs/sha256", s.Root().Manifest.Layers[0].Digest.Encoded())
		}
		blob, _ := os.ReadFile(layer(other))
		// The size is the descriptor's, so that the digest is the only thing that could tell.
		was, _ := os.ReadFile(layer(dir))
		os.WriteFile(layer(dir), append(blob, make([]byte, max(0, len(was)-len(blob)))...), 0o600)
		if _, err := fs.ReadFile(fsys, "file"); !errors.Is(err, ErrBroken) {
			t.Errorf("%v", err)
		}
	}
}

// TestVisit is given every regular file with its content, and identities that the file system has too.
func TestVisit(t *testing.T) {
	type id struct{ layer, entry int }
	seen := map[id]string{}
	made := []madeLayer{newLayer(t, Gzip, entries(t, "a=1\n b=2\n c=>a\n d/")), newLayer(t, Zstd, entries(t, "b=3\n .wh.a"))}
	s := mustOpen(t, "oci:"+layoutOf(t, imageOf(t, "linux/amd64", made...)))
	fsys, err := images(t, s)[0].FS(t.Context(), FSOptions{Visit: func(name string, st *Stat, size int64, r io.Reader) error {
		b, err := io.ReadAll(r)
		seen[id{st.Layer, st.Entry}] = name + string(b)
		return err
	}})
	if err != nil || len(seen) != 3 {
		t.Fatalf("%v, %v", seen, err)
	}
	for name, want := range map[string]string{"c": "/a1", "b": "/b3"} {
		info, _ := fsys.Stat(name)
		if st := info.Sys().(*Stat); seen[id{st.Layer, st.Entry}] != want {
			t.Errorf("%s: %+v, %v", name, st, seen)
		}
	}
	stop := errors.New("stop")
	_, err = images(t, s)[0].FS(t.Context(), FSOptions{Visit: func(string, *Stat, int64, io.Reader) error { return stop }})
	if !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
}

// TestProgram reads facts of a program out of a compressed layer.
func TestProgram(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	tight := defaultLimits
	tight.cache, tight.pages = 1<<20, 4
	fsys, _ := imageWith(t, Gzip, string(program), tight, FSOptions{})
	want, err := binary.Read(bytes.NewReader(program))
	if err != nil {
		t.Skip(err) // not an ELF file
	}
	f, err := fsys.Open("file")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := binary.Read(f.(io.ReaderAt))
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// bigLayer is a gzip stream whose content was made in pieces: it is on the disk, not in memory.
func bigLayer(t testing.TB, size int64) v1.Image {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "layer"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := tar.NewWriter(file)
	piece := noise(1 << 20)
	put := func(name string, size int64) {
		if err := w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o755, Size: size}); err != nil {
			t.Fatal(err)
		}
		for i := range size >> 20 {
			piece[0] = byte(i)
			w.Write(piece)
		}
	}
	for i := range 10 {
		put("part"+string(rune('0'+i)), size/20>>20<<20)
	}
	put("program", size/2>>20<<20)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return imageOfFile(t, file.Name())
}

// TestMemory reads a large image and the largest program in it, in far less memory than either has.
func TestMemory(t *testing.T) {
	size, bound := int64(1<<30), uint64(200<<20)
	if testing.Short() {
		size, bound = 128<<20, 100<<20
	}
	dir := layoutOf(t, bigLayer(t, size))
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	var peak atomic.Uint64
	done := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
				var now runtime.MemStats
				runtime.ReadMemStats(&now)
				peak.Store(max(peak.Load(), now.HeapAlloc-min(now.HeapAlloc, before.HeapAlloc)))
			}
		}
	}()
	fsys, err := images(t, mustOpen(t, "oci:"+dir))[0].FS(t.Context(), FSOptions{Keep: func(string, int64) bool { return true }})
	if err != nil {
		t.Fatal(err)
	}
	f, err := fsys.Open("program")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n, err := io.Copy(io.Discard, f)
	close(done)
	<-stopped
	if n != size/2>>20<<20 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	t.Logf("%d MiB at most", peak.Load()>>20)
	if peak.Load() > bound {
		t.Errorf("%d MiB of memory", peak.Load()>>20)
	}
}
