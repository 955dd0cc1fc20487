//go:build linux

package integration

import (
	"archive/zip"
	"bytes"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/testing/golden"
	"github.com/modship-build/modship/internal/testing/modproxytest"
)

// goProxy serves modules on a loopback port. What it has no handler for it takes from the real module proxy.
func goProxy(t *testing.T, own map[string]http.HandlerFunc) http.Handler {
	t.Helper()
	upstream, err := url.Parse(firstURL(setUp(t).goProxy))
	if err != nil {
		t.Fatal(err)
	}
	pass := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(upstream)
			r.Out.Header.Del("Authorization") // these are for us
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if serve := own[r.URL.Path]; serve != nil {
			serve(w, r)
			return
		}
		pass.ServeHTTP(w, r)
	})
}

// firstURL is the first proxy of a GOPROXY list.
func firstURL(list string) string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == '|' })[0]
}

// serveBytes answers with a file.
func serveBytes(data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) }
}

// tamperedZip serves a module's zip with one byte more in one of its files.
func tamperedZip(t *testing.T, path string) http.HandlerFunc {
	t.Helper()
	res, err := http.Get(strings.TrimSuffix(firstURL(setUp(t).goProxy), "/") + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("downloading %s: %s, %v", path, res.Status, err)
	}
	tampered, err := tamper(data)
	if err != nil {
		t.Fatalf("changing %s: %v", path, err)
	}
	return serveBytes(tampered)
}

func tamper(data []byte) ([]byte, error) {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	changed := false
	for _, f := range r.File {
		content, err := readZipped(f)
		if err != nil {
			return nil, err
		}
		if !changed && strings.HasSuffix(f.Name, ".go") && !strings.HasSuffix(f.Name, "_test.go") {
			content, changed = append(content, '\n'), true
		}
		out, err := w.Create(f.Name)
		if err != nil {
			return nil, err
		}
		if _, err := out.Write(content); err != nil {
			return nil, err
		}
	}
	if !changed {
		return nil, errors.New("no Go file in it")
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func readZipped(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// privateModule is a module that nobody else serves.
type privateModule struct {
	handlers map[string]http.HandlerFunc
	sums     string // its lines of go.sum
}

// newPrivateModule makes a module of the files of a txtar archive, one of them go.mod.
func newPrivateModule(t *testing.T, path, version, files string) privateModule {
	t.Helper()
	made := modproxytest.New(t, module.Version{Path: path, Version: version}, golden.Parse(t, files).FS())
	handlers := map[string]http.HandlerFunc{}
	for name, f := range made.Files {
		handlers["/"+name] = serveBytes(f.Data)
	}
	return privateModule{handlers: handlers, sums: made.Sums}
}

// serveTLS serves over https and gives the file of a CA bundle that knows this server beside the machine's own.
func serveTLS(t *testing.T, h http.Handler) (server *httptest.Server, bundle string) {
	t.Helper()
	server = httptest.NewTLSServer(h)
	t.Cleanup(server.Close)
	var all []byte
	if system := systemBundle(); system != "" {
		all = append(readFile(t, system), '\n')
	}
	all = append(all, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})...)
	dir := t.TempDir()
	edit(t, dir, "ca.pem", string(all))
	return server, filepath.Join(dir, "ca.pem")
}
