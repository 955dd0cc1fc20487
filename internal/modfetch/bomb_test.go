package modfetch

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/testing/modproxytest"
	"github.com/modship-build/modship/internal/testing/testbed"
)

var bombed = module.Version{Path: "example.org/m", Version: "v1.0.0"}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestFetchBomb: a zip that is larger than a module may be is not inflated, be it from a proxy or kept, and with the right sum too.
func TestFetchBomb(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short: it compresses 600 MB")
	}
	kept, name := t.TempDir(), "example.org/m/@v/v1.0.0"
	modproxytest.WriteZip(t, bombed, filepath.Join(kept, name+".zip"), "big.go", 600<<20)
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
		{Settings: goenv.Settings{Proxy: server.URL}},
		{Settings: goenv.Settings{Proxy: server.URL}, Kept: kept},
	} {
		used := testbed.Allocated(func() {
			err = f.Modules(t.Context(), []module.Version{bombed}, GoSum{bombed: {sum}}, t.TempDir())
		})
		if err == nil || !strings.Contains(err.Error(), "more than the 524288000 bytes allowed") || used > 100 {
			t.Errorf("%d MiB: %v", used, err)
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
	f := &Fetcher{Settings: goenv.Settings{Proxy: server.URL}}
	for p, limit := range map[string]string{"example.org/m": "1048576", "example.org/other": "16777216"} { // of .info, and of go.mod
		m := module.Version{Path: p, Version: "v1.0.0"}
		mod := module.Version{Path: p, Version: "v1.0.0/go.mod"}
		var err error
		used := testbed.Allocated(func() {
			err = f.Modules(t.Context(), []module.Version{m}, GoSum{m: {"h1:x"}, mod: {"h1:x"}}, t.TempDir())
		})
		if err == nil || !strings.Contains(err.Error(), "the answer is larger than "+limit+" bytes") || used > 20 {
			t.Errorf("%d MiB: %v", used, err)
		}
	}
}

// TestKeptPipe: a kept zip that is a pipe is downloaded as one that is missing.
func TestKeptPipe(t *testing.T) {
	w := newWorld(t, published)
	f := w.fetcher()
	f.Kept = t.TempDir()
	name, err := FileName(w.list()[0], ".zip")
	if err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(f.Kept, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(pipe), 0o755), syscall.Mkfifo(pipe, 0o644)); err != nil {
		t.Fatal(err)
	}
	if err := f.Modules(t.Context(), w.list(), w.sums, t.TempDir()); err != nil {
		t.Error(err)
	}
	if info, err := os.Lstat(pipe); err != nil || !info.Mode().IsRegular() {
		t.Errorf("the download is not kept: %v, %v", info.Mode(), err)
	}
}

// FuzzAnswers: what a proxy says of a version, and what a go.sum file says, is taken or refused.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte(`{"Version": "v1.0.0", "Time": "2020-01-02T03:04:05Z"}`), []byte("example.org/m v1.0.0 h1:x=\nexample.org/m v1.0.0/go.mod h1:y=\n"))
	f.Fuzz(func(t *testing.T, info, gosum []byte) {
		name := filepath.Join(t.TempDir(), "v1.0.0.info")
		if err := os.WriteFile(name, info, 0o644); err != nil {
			t.Fatal(err)
		}
		_ = checkInfo(bombed, name)
		s := GoSum{}
		s.Add(gosum)
		for m, hashes := range s {
			if m.Path == "" || m.Version == "" || len(hashes) == 0 {
				t.Errorf("%v has %q", m, hashes)
			}
		}
	})
}
