package step

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modship-build/modship/internal/modfetch"
	"github.com/modship-build/modship/internal/request"
)

// TestFetchArchive: what is left has the digest, and came over TLS, within bounds, without a password.
func TestFetchArchive(t *testing.T) {
	const content = "the archive"
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(content)))
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("asked without TLS") }))
	defer plain.Close()
	failures := 2
	mux := http.NewServeMux()
	mux.HandleFunc("/zig.tgz", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("a password is sent")
		}
		if failures--; failures >= 0 { // part of an answer
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "the beginning")
			panic(http.ErrAbortHandler)
		}
		fmt.Fprint(w, content)
	})
	mux.HandleFunc("/elsewhere", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/zig.tgz", http.StatusFound) })
	mux.HandleFunc("/plain", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, plain.URL, http.StatusFound) })
	mux.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(maxZigArchive+1))
	})
	server := httptest.NewTLSServer(mux)
	server.Config.ErrorLog = nil
	defer server.Close()
	client := &modfetch.Client{HTTP: server.Client(), Sleep: func(context.Context, time.Duration) error { return nil }}
	for _, test := range []struct{ path, digest, err string }{
		{path: "/zig.tgz", digest: digest},
		{path: "/elsewhere", digest: digest},
		{path: "/zig.tgz", digest: "sha256:00", err: "cgo.zig.digest says sha256:00"},
		{path: "/plain", digest: digest, err: "not https"},
		{path: "/long", digest: digest, err: "larger than"},
		{path: "/none", digest: digest, err: "404"},
	} {
		to := filepath.Join(t.TempDir(), "zig.tgz")
		err := fetchArchive(t.Context(), client, request.Zig{URL: server.URL + test.path, Digest: test.digest}, to)
		got, readErr := os.ReadFile(to)
		switch {
		case test.err == "" && (err != nil || string(got) != content):
			t.Errorf("%s: %q, %v", test.path, got, err)
		case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err) || !os.IsNotExist(readErr)):
			t.Errorf("%s with %s: %v, and the file: %v", test.path, test.digest, err, readErr)
		}
	}
}

// TestZigBomb: archives end where no zig is as large, also in one that never ends.
func TestZigBomb(t *testing.T) {
	var many bytes.Buffer
	w := tar.NewWriter(&many)
	for range maxZigFiles + 1 {
		if err := w.WriteHeader(&tar.Header{Name: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	var large bytes.Buffer
	if err := tar.NewWriter(&large).WriteHeader(&tar.Header{Name: "x", Typeflag: tar.TypeReg, Size: 1 << 40}); err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*io.LimitedReader{
		"has more than":    {R: &many, N: maxZigTar},
		"unpacks to more":  {R: io.MultiReader(bytes.NewReader(large.Bytes()), zeros{}), N: 1 << 20},
		"to more than an ": {R: io.MultiReader(bytes.NewReader(large.Bytes()), zeros{}), N: 700},
	} {
		err := eachOf(r, func(_ *tar.Header, content io.Reader) error {
			_, err := io.Copy(io.Discard, content)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("want %q: %v", name, err)
		}
	}
}

// TestSparseZig: what an archive unpacks to is counted, also where it is not in the archive: a sparse file is as long as its header says.
func TestSparseZig(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "zig.tar.gz")
	f, err := os.Create(archive)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	sparse := func(name string, size int64) {
		records := ""
		for _, r := range []string{"GNU.sparse.map=0,0", "GNU.sparse.numblocks=1", fmt.Sprintf("GNU.sparse.size=%d", size)} {
			records += fmt.Sprintf("%d %s\n", len(r)+len("00 \n"), r)
		}
		for _, h := range []*tar.Header{{Name: "pax", Size: int64(len(records))}, {Name: name, Mode: 0o755}} {
			var block bytes.Buffer
			h.Typeflag = tar.TypeReg
			if err := tar.NewWriter(&block).WriteHeader(h); err != nil {
				t.Fatal(err)
			}
			raw := block.Bytes()
			if h.Name == "pax" { // as no writer of Go makes it
				raw[156] = tar.TypeXHeader
				copy(raw[148:156], "        ")
				sum := 0
				for _, b := range raw {
					sum += int(b)
				}
				copy(raw[148:], fmt.Sprintf("%06o\x00 ", sum))
				raw = append(raw, make([]byte, 512)...)
				copy(raw[512:], records)
			}
			if _, err := z.Write(raw); err != nil {
				t.Fatal(err)
			}
		}
	}
	sparse("zig-1/zig", 3)
	sparse("zig-1/lib", maxZigTar)
	if _, err := z.Write(make([]byte, 1024)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	err = eachEntry(archive, func(h *tar.Header, _ io.Reader) error {
		size += h.Size
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "unpacks to more") {
		t.Errorf("%d bytes: %v", size, err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
