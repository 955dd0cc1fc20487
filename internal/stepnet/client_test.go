package stepnet

import (
	"crypto/tls"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// TestElsewhere: what a repository names is looked at where the connection is made, whatever the network, and is told of in one go.
func TestElsewhere(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"} {
		t.Setenv(name, "")
	}
	port := server.URL[strings.LastIndex(server.URL, ":"):]
	client := &http.Client{Transport: Elsewhere(&tls.Config{InsecureSkipVerify: true})}
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "127.1", "0.0.0.0"} {
		if resp, err := client.Get("https://" + host + port); err == nil {
			resp.Body.Close()
			t.Errorf("%s: %s", host, resp.Status)
		} else if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: %v", host, err)
		}
	}
	if asked.Load() > 0 {
		t.Errorf("the server was asked %d times", asked.Load())
	}
}

// TestTransportSaysWhy: a refusal of the gateway arrives with its reason, and a proxy of somebody else's is not quoted.
func TestTransportSaysWhy(t *testing.T) {
	gateway := serve(t, Settings{}).Transport.(*http.Transport)
	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "secret of the proxy", http.StatusForbidden)
	}))
	defer foreign.Close()
	r := httptest.NewRequest(http.MethodGet, "https://127.0.0.1:1/", nil)
	for _, test := range []struct {
		name  string
		proxy func(*http.Request) (*url.URL, error)
		want  string
		final bool
	}{
		{"gateway", gateway.Proxy, "127.0.0.1 is the machine that builds", true},
		{"other proxy", func(*http.Request) (*url.URL, error) { return url.Parse(foreign.URL) }, "Forbidden", false},
	} {
		transport := transport(&tls.Config{}, netrcHelp)
		transport.Proxy = test.proxy
		_, err := transport.RoundTrip(r)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "secret") || errors.Is(err, fs.ErrPermission) != test.final {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
