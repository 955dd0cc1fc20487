// Package gittest serves repositories of git for tests: by https under any name of a host, by way of a proxy that leads every name here.
// What serves is git's own http-backend, so a client is held against the real thing.
package gittest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modship-build/modship/internal/testing/golden"
)

// Server serves repositories and pages.
type Server struct {
	// Proxy is the URL of an HTTP proxy that leads port 443 of every host to the server.
	Proxy string
	// CA is a file with the certificate that vouches for it, Roots the same.
	CA    string
	Roots *x509.CertPool

	t   *testing.T
	dir string

	mu     sync.Mutex
	pages  map[string]string
	guards map[string]func(http.ResponseWriter, *http.Request) bool
	asked  []Request
	// tunnels are where CONNECT leads for other addresses than port 443.
	tunnels map[string]string
}

// Request is one that came.
type Request struct{ Host, Path, Authorization string }

// New starts a server, which ends with the test.
func New(t *testing.T) *Server {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Fatalf("git is needed: %v", err)
	}
	s := &Server{t: t, dir: t.TempDir(), pages: map[string]string{}, guards: map[string]func(http.ResponseWriter, *http.Request) bool{}, tunnels: map[string]string{}}
	conf := s.certificates()
	origin := httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	origin.TLS = conf
	origin.StartTLS()
	t.Cleanup(origin.Close)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.tunnel(w, r, origin.Listener.Addr().String()) }))
	t.Cleanup(proxy.Close)
	s.Proxy = proxy.URL
	return s
}

// Page has the server answer ?go-get=1 for an import path with a tag.
func (s *Server) Page(importPath, content string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[importPath] = content
}

// Guard puts something before a host. It tells whether it has answered a request itself.
func (s *Server) Guard(host string, answers func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.guards[host] = answers
}

// Only is a guard that lets those pass who have a value of the header Authorization.
func Only(header string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		switch r.Header.Get("Authorization") {
		case header:
			return false
		case "":
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "who are you?", http.StatusUnauthorized)
		default:
			http.Error(w, "not you", http.StatusForbidden)
		}
		return true
	}
}

// Tunnel leads the proxy's CONNECT for an address, such as "git.example:22", to another.
func (s *Server) Tunnel(address, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tunnels[address] = to
}

// Asked are the requests that came so far.
func (s *Server) Asked() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.asked...)
}

// Client is one that reaches the server by every name.
func (s *Server) Client() *http.Transport {
	proxy, err := url.Parse(s.Proxy)
	if err != nil {
		s.t.Fatal(err)
	}
	return &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: s.Roots}}
}

// Env is the environment in which go and git reach it.
func (s *Server) Env() []string {
	return []string{"HTTPS_PROXY=" + s.Proxy, "https_proxy=" + s.Proxy, "NO_PROXY=", "no_proxy=", "SSL_CERT_FILE=" + s.CA, "GIT_SSL_CAINFO=" + s.CA}
}

// Dir is the folder of the repositories of a host, as a server of ssh finds them.
func (s *Server) Dir(host string) string { return filepath.Join(s.dir, host) }

// serve is the server by every name.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	host := strings.TrimSuffix(r.Host, ":443")
	s.mu.Lock()
	s.asked = append(s.asked, Request{host, r.URL.Path, r.Header.Get("Authorization")})
	guard, page := s.guards[host], s.pages[host+strings.TrimSuffix(r.URL.Path, "/")]
	s.mu.Unlock()
	if guard != nil && guard(w, r) {
		return
	}
	if r.URL.Query().Get("go-get") == "1" {
		if page == "" {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, `<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="go-import" content="`+page+`"></head><body>nothing</body></html>`)
		return
	}
	if file := filepath.Join(s.Dir(host), filepath.FromSlash(path.Clean("/"+r.URL.Path))); strings.Contains(r.URL.Path, "/@v/") {
		http.ServeFile(w, r, file)
		return
	}
	backend := &cgi.Handler{Path: filepath.Join(execPath(s.t), "git-http-backend"), Dir: s.dir, Stderr: io.Discard,
		Env: []string{"GIT_PROJECT_ROOT=" + s.Dir(host), "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_COUNT=2", "GIT_CONFIG_KEY_0=uploadpack.allowFilter", "GIT_CONFIG_VALUE_0=true", "GIT_CONFIG_KEY_1=safe.directory", "GIT_CONFIG_VALUE_1=*"}}
	backend.ServeHTTP(w, r)
}

func execPath(t *testing.T) string {
	out, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		t.Error(err)
	}
	return strings.TrimSpace(string(out))
}

// tunnel is the proxy. What is not port 443 and was not said is connected to as it is.
func (s *Server) tunnel(w http.ResponseWriter, r *http.Request, origin string) {
	if r.Method != http.MethodConnect {
		http.Error(w, "CONNECT alone", http.StatusMethodNotAllowed)
		return
	}
	s.mu.Lock()
	to, ok := s.tunnels[r.Host]
	s.mu.Unlock()
	if !ok {
		to = origin
	}
	server, err := net.Dial("tcp", to)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer server.Close()
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		_, _ = io.Copy(server, buffered)
		_ = server.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(client, server)
}

// certificates makes an authority, and a certificate for whatever name a client asks for.
func (s *Server) certificates() *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	authority := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "gittest"}, NotBefore: time.Unix(0, 0),
		NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, authority, authority, key.Public(), key)
	if err != nil {
		s.t.Fatal(err)
	}
	s.CA = filepath.Join(s.t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(s.CA, text, 0o644); err != nil {
		s.t.Fatal(err)
	}
	s.Roots = x509.NewCertPool()
	s.Roots.AppendCertsFromPEM(text)
	return &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		leaf := &x509.Certificate{SerialNumber: big.NewInt(2), DNSNames: []string{hello.ServerName}, NotBefore: time.Unix(0, 0),
			NotAfter: authority.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
		der, err := x509.CreateCertificate(rand.Reader, leaf, authority, key.Public(), key)
		return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
	}}
}

// Repo is a repository, with a checkout to make commits in.
type Repo struct {
	t         *testing.T
	bare, dir string
	commits   int
}

// Repo makes the repository https://HOST/PATH, empty, with the branch main.
func (s *Server) Repo(host, repoPath string) *Repo {
	s.t.Helper()
	r := &Repo{t: s.t, bare: filepath.Join(s.Dir(host), repoPath+".git"), dir: s.t.TempDir()}
	r.run(s.dir, "init", "--quiet", "--bare", "--initial-branch=main", r.bare)
	r.Git("init", "--quiet", "--initial-branch=main")
	r.Git("remote", "add", "origin", r.bare)
	return r
}

// Commit puts files into the checkout, in the format of txtar, and makes a commit with tags of everything there. It gives the hash.
func (r *Repo) Commit(files string, tags ...string) string {
	r.t.Helper()
	r.Write(files)
	r.Git("add", "--all")
	r.commits++
	r.Git("commit", "--quiet", "--allow-empty", "--message", "change")
	for _, tag := range tags {
		r.Git("tag", tag)
	}
	r.Push()
	return r.Git("rev-parse", "HEAD")
}

// Write puts files into the checkout, in the format of txtar.
func (r *Repo) Write(files string) {
	r.t.Helper()
	for name, file := range golden.Parse(r.t, files).FS() {
		to := filepath.Join(r.dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, file.Data, 0o644)); err != nil {
			r.t.Fatal(err)
		}
	}
}

// Push sends the branch and the tags.
func (r *Repo) Push() {
	r.t.Helper()
	r.Git("push", "--quiet", "--force", "--tags", "origin", "HEAD")
}

// Dir is the checkout.
func (r *Repo) Dir() string { return r.dir }

// Pseudo is the pseudo-version of a commit that a version begins, such as "v0.0.0-" or "v1.0.1-0.".
func (r *Repo) Pseudo(begin, hash string) string {
	r.t.Helper()
	return begin + r.Git("log", "-1", "--date=format-local:%Y%m%d%H%M%S", "--format=%cd", hash) + "-" + hash[:12]
}

// Git runs git in the checkout and gives what it prints. Each commit is of a time of its own.
func (r *Repo) Git(args ...string) string {
	r.t.Helper()
	return r.run(r.dir, args...)
}

func (r *Repo) run(dir string, args ...string) string {
	r.t.Helper()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Add(time.Duration(r.commits) * time.Hour).Format(time.RFC3339)
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TZ=UTC", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com",
		"GIT_COMMITTER_NAME=c", "GIT_COMMITTER_EMAIL=c@example.com", "GIT_AUTHOR_DATE="+at, "GIT_COMMITTER_DATE="+at, "GIT_ALLOW_PROTOCOL=file")
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}
