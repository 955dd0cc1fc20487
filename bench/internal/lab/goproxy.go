//go:build linux

package lab

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/modship-build/modship/internal/localfile"
)

// moduleProxy answers from a directory, and from another module proxy what it has not seen yet. So what every peer downloads in
// a cold build comes from this machine, as the images of the peers do, and the network's mood is not measured.
type moduleProxy struct {
	upstream string // URL without a slash at its end
	client   *http.Client
	kept     string // directory of what never changes, from run to run
	fresh    string // directory of what is true for this run
}

// startProxy serves modules from the GOPROXY of this machine.
func (l *Lab) startProxy(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "go", "env", "GOPROXY").Output()
	if err != nil {
		return fmt.Errorf("asking go for GOPROXY: %w", err)
	}
	upstream, _, _ := strings.Cut(strings.TrimSpace(strings.ReplaceAll(string(out), "|", ",")), ",")
	if !strings.Contains(upstream, "://") {
		return fmt.Errorf("the first of GOPROXY is %q, the benchmark needs a module proxy", upstream)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.RegisterProtocol("file", http.NewFileTransport(http.Dir("/")))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: &moduleProxy{
		upstream: strings.TrimSuffix(upstream, "/"), client: &http.Client{Transport: transport},
		kept: filepath.Join(l.options.CacheDir, "bench-modules"), fresh: filepath.Join(l.Dir, "modules"),
	}}
	go server.Serve(listener)
	l.closers = append(l.closers, server.Close)
	l.Proxy = "http://" + listener.Addr().String()
	return nil
}

// ServeHTTP answers a request of the GOPROXY protocol (https://go.dev/ref/mod#goproxy-protocol).
func (p *moduleProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	if r.Method != http.MethodGet || !filepath.IsLocal(name) {
		http.Error(w, "not a path of a module proxy", http.StatusNotFound)
		return
	}
	file := p.file(name)
	if serveFile(w, r, file) {
		return
	}
	res, err := p.get(r.Context(), r.URL.EscapedPath())
	if err != nil {
		http.Error(w, "asking the module proxy failed", http.StatusBadGateway)
		return
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		w.WriteHeader(res.StatusCode)
		io.Copy(w, res.Body)
		return
	}
	keep := func(to io.Writer) error {
		_, err := io.Copy(to, res.Body)
		return err
	}
	if err := localfile.Write(file, keep); err != nil || !serveFile(w, r, file) {
		http.Error(w, fmt.Sprintf("keeping %s failed: %v", name, err), http.StatusBadGateway)
	}
}

// file is where an answer is kept. Versions are forever, lists and the head of the checksum database are not. The name of a
// file does not tell its directory from another file's (MODULE/@v/list, MODULE/@latest), but no path is both.
func (p *moduleProxy) file(name string) string {
	dir := p.fresh
	for _, suffix := range []string{".info", ".mod", ".zip"} {
		if strings.HasSuffix(name, suffix) && strings.Contains(name, "/@v/") {
			dir = p.kept
		}
	}
	return filepath.Join(dir, filepath.FromSlash(name)+".answer")
}

func (p *moduleProxy) get(ctx context.Context, path string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.upstream+path, nil)
	if err != nil {
		return nil, err
	}
	return p.client.Do(req)
}

func serveFile(w http.ResponseWriter, r *http.Request, file string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		return false
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", st.ModTime(), f)
	return true
}
