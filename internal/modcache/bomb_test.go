package modcache

import (
	"archive/zip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/modfetch"
)

var bombed = module.Version{Path: "example.org/m", Version: "v1.0.0"}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// zipOf writes the zip of a module with one file of that many zeros, beside the one that its packages are in.
func zipOf(t *testing.T, name, file string, size int64) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	w, err := z.Create(bombed.String() + "/go.mod")
	if err == nil {
		_, err = w.Write([]byte("module example.org/m\n"))
	}
	if err == nil {
		w, err = z.Create(bombed.String() + "/" + file)
	}
	if err == nil {
		_, err = io.CopyN(w, zeros{}, size)
	}
	if err := errors.Join(err, z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// allocated gives the MiB that do allocates.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) >> 20
}

// TestFetchBomb: a zip that is larger than a module may be is not inflated, be it from a proxy or kept, and with the right sum too.
func TestFetchBomb(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short: it compresses 600 MB")
	}
	kept, name := t.TempDir(), "example.org/m/@v/v1.0.0"
	zipOf(t, filepath.Join(kept, name+".zip"), "big.go", 600<<20)
	sum, err := dirhash.HashZip(filepath.Join(kept, name+".zip"), dirhash.Hash1)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(kept, name+".info"), []byte(`{"Version": "v1.0.0"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(kept)))
	defer server.Close()
	for _, f := range []*Fetcher{
		{Settings: goenv.Settings{Proxy: server.URL}, Client: &modfetch.Client{}},
		{Settings: goenv.Settings{Proxy: server.URL}, Client: &modfetch.Client{}, Kept: kept},
	} {
		used := allocated(func() {
			err = f.Fetch(t.Context(), []Module{{Path: bombed.Path, From: bombed}}, Sums{bombed: {sum}}, t.TempDir())
		})
		if err == nil || !strings.Contains(err.Error(), "more than the 524288000 bytes allowed") || used > 100 {
			t.Errorf("%d MiB: %v", used, err)
		}
	}
}

// TestSlimBomb: a source file that may be as large as a module is not read into memory.
func TestSlimBomb(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short: it compresses 300 MB")
	}
	for _, file := range []string{"big.go", "big.s"} {
		root := t.TempDir()
		rel, err := download(bombed, ".zip")
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(root, Downloads, rel)
		zipOf(t, name, file, 300<<20)
		used := allocated(func() { err = Slim([]Module{{Path: bombed.Path, From: bombed}}, root) })
		if err != nil || used > 50 {
			t.Errorf("%s: %d MiB, %v", file, used, err)
		}
		if names, _ := zipped(t, name); len(names) != 2 {
			t.Errorf("what was not looked into is not kept: %v", names)
		}
	}
}

// TestLongAnswers: no file of a module is read further than it may be long.
func TestLongAnswers(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path.Ext(r.URL.Path) == ".info" && strings.Contains(r.URL.Path, "other") {
			_, _ = w.Write([]byte(`{"Version": "v1.0.0"}`))
			return
		}
		_, _ = io.Copy(w, zeros{}) // until nobody listens
	}))
	defer server.Close()
	f := &Fetcher{Settings: goenv.Settings{Proxy: server.URL}, Client: &modfetch.Client{}}
	for p, limit := range map[string]string{"example.org/m": "1048576", "example.org/other": "16777216"} { // of .info, and of go.mod
		m := module.Version{Path: p, Version: "v1.0.0"}
		mod := module.Version{Path: p, Version: "v1.0.0/go.mod"}
		var err error
		used := allocated(func() {
			err = f.Fetch(t.Context(), []Module{{Path: p, From: m}}, Sums{m: {"h1:x"}, mod: {"h1:x"}}, t.TempDir())
		})
		if err == nil || !strings.Contains(err.Error(), "the answer is larger than "+limit+" bytes") || used > 20 {
			t.Errorf("%d MiB: %v", used, err)
		}
	}
}

// TestKeptPipe: a kept zip that is a pipe is downloaded as one that is missing.
func TestKeptPipe(t *testing.T) {
	w := newWorld(t)
	f := w.fetcher()
	f.Kept = t.TempDir()
	name, err := download(w.list()[0].From, ".zip")
	if err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(f.Kept, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(pipe), 0o755), syscall.Mkfifo(pipe, 0o644)); err != nil {
		t.Fatal(err)
	}
	if err := f.Fetch(t.Context(), w.list(), w.sums, t.TempDir()); err != nil {
		t.Error(err)
	}
	if info, err := os.Lstat(pipe); err != nil || !info.Mode().IsRegular() {
		t.Errorf("the download is not kept: %v, %v", info.Mode(), err)
	}
}
