//go:build linux

package integration

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// TestZigAddress: an archive's address is no way to servers of the machine that builds, and nothing is taken that has another digest
// than the configuration says. These steps have the network of the machine.
func TestZigAddress(t *testing.T) {
	var connections atomic.Int32
	local := countedListener(t, &connections)
	_, port, _ := net.SplitHostPort(local)
	mirror, bundle := serveTLS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/redirect.tgz" {
			http.Redirect(w, r, "https://"+local+"/zig.tgz", http.StatusFound)
			return
		}
		_, _ = w.Write([]byte("no archive"))
	}))
	proxy := companyProxy(t, map[string]string{"example.com:443": mirror.Listener.Addr().String()})
	right := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte("no archive")))
	const unreachable = "which build steps do not reach"
	eachMode(t, func(t *testing.T, m mode) {
		for name, c := range map[string]struct {
			url, digest string
			says        []string
		}{
			"address":       {"https://" + local + "/zig.tgz", right, []string{"the archive's address is that of the machine that builds"}},
			"name":          {"https://localhost.localdomain:" + port + "/zig.tgz", right, []string{"[zig] fetch and verify", unreachable}},
			"mapped":        {"https://[::ffff:127.0.0.1]:" + port + "/zig.tgz", right, []string{"the archive's address is that of the machine that builds"}},
			"short address": {"https://127.1:" + port + "/zig.tgz", right, []string{"[zig] fetch and verify", unreachable}},
			"redirect":      {"https://example.com/redirect.tgz", right, []string{"[zig] fetch and verify", "127.0.0.1 is the machine that builds", unreachable}},
			"other digest":  {"https://example.com/zig.tgz", "sha256:" + strings.Repeat("0", 64), []string{"[zig] fetch and verify", "the digest " + right}},
			"no archive":    {"https://example.com/zig.tgz", right, []string{"unpacking zig"}},
		} {
			t.Run(name, func(t *testing.T) {
				dir := example(t, "hello")
				configure(t, dir, fmt.Sprintf("cgo: {enabled: on, compiler: zig, libc: musl, zig: {url: %q, digest: %q}}\n", c.url, c.digest))
				r := m.fail(t, build{dir: dir, args: []string{"HTTPS_PROXY=" + proxy}, flags: []string{"--secret", "id=ca,src=" + bundle}})
				r.says(t, c.says...)
				if name != "no archive" {
					r.says(t, "Dockerfile:2")
				}
			})
		}
	})
	if n := connections.Load(); n > 0 {
		t.Errorf("a server of this machine was reached %d times", n)
	}
}

// countedListener is a server of this machine that counts who reaches it.
func countedListener(t *testing.T, connections *atomic.Int32) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			c.Close()
		}
	}()
	return l.Addr().String()
}

// companyProxy is an HTTP proxy that knows servers which have no other name: host:port to the address of each. What it does not know it
// connects to.
func companyProxy(t *testing.T, servers map[string]string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		addr := r.Host
		if known, ok := servers[r.Host]; ok {
			addr = known
		}
		if r.Method != http.MethodConnect {
			http.Error(w, "for TLS only", http.StatusMethodNotAllowed)
			return
		}
		to, err := net.Dial("tcp", addr)
		if err != nil {
			http.Error(w, "no such server", http.StatusBadGateway)
			return
		}
		defer to.Close()
		from, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer from.Close()
		if _, err := io.WriteString(from, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
			return
		}
		go func() {
			_, _ = io.Copy(to, from)
			_ = to.(*net.TCPConn).CloseWrite()
		}()
		_, _ = io.Copy(from, to)
	}))
	t.Cleanup(server.Close)
	return server.URL
}
