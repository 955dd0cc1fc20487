package stepnet

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/http/httpproxy"

	"github.com/modship-build/modship/internal/testing/diagtest"
)

// lockedProxy is an HTTP proxy that wants a login. Whatever is asked of it, it asks of plain or, for a tunnel, of secure.
func lockedProxy(t *testing.T, user, password string) (proxy *httptest.Server, refused *atomic.Int32) {
	t.Helper()
	plain := httptest.NewServer(http.HandlerFunc(hello))
	secure := httptest.NewTLSServer(http.HandlerFunc(hello))
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	to, err := url.Parse(plain.URL)
	if err != nil {
		t.Fatal(err)
	}
	refused = &atomic.Int32{}
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.Out.URL.Host = to.Host }}
	proxy = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Proxy-Authorization") != want {
			refused.Add(1)
			w.Header().Set("Proxy-Authenticate", `Basic realm="out"`)
			http.Error(w, "secret of the proxy", http.StatusProxyAuthRequired)
			return
		}
		if r.Method != http.MethodConnect {
			forward.ServeHTTP(w, r)
			return
		}
		server, err := net.Dial("tcp", secure.Listener.Addr().String())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer server.Close()
		w.WriteHeader(http.StatusOK)
		client, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer client.Close()
		go func() { _, _ = io.Copy(server, client) }()
		_, _ = io.Copy(client, server)
	}))
	t.Cleanup(proxy.Close)
	return proxy, refused
}

// useProxy has the steps of this process go through a proxy.
func useProxy(t *testing.T, address string) {
	t.Helper()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, address)
	}
	t.Setenv("NO_PROXY", "")
	t.Setenv("no_proxy", "")
}

var unverified = &tls.Config{InsecureSkipVerify: true}

// TestProxyLogin: a proxy that wants a login gets the one beside its name, for plain http and for tunnels, and says in one go what it
// wants of who has none or a wrong one. Nothing of the proxy's own words is shown, and no password.
func TestProxyLogin(t *testing.T) {
	proxy, refused := lockedProxy(t, "builder", "canary")
	useProxy(t, proxy.URL)
	has := func(host, password string) Login {
		return func(h string) (string, string, bool) { return "builder", password, h == host }
	}
	for _, scheme := range []string{"http", "https"} {
		address := scheme + "://mirror.example/"
		if got := get(&http.Client{Transport: Transport(unverified, has("127.0.0.1", "canary"))}, address); got != "200 hello mirror.example <nil>" {
			t.Errorf("%s: %s", scheme, got)
		}
		for name, c := range map[string]struct {
			login Login
			says  string
		}{
			"no login":           {nil, "asks for a user name and a password (407 Proxy Authentication Required): put the line `machine 127.0.0.1 login NAME password PASSWORD` into the file of --secret id=netrc,src=FILE"},
			"that of a server":   {has("mirror.example", "canary"), "asks for a user name"},
			"the wrong password": {has("127.0.0.1", "canary2"), "does not take the user name and password that it was given (407 Proxy Authentication Required)"},
		} {
			before := refused.Load()
			resp, err := (&http.Client{Transport: Transport(unverified, c.login)}).Get(address)
			if err == nil {
				resp.Body.Close()
				t.Errorf("%s, %s: %s", scheme, name, resp.Status)
				continue
			}
			if !strings.Contains(err.Error(), "the HTTP proxy "+proxy.Listener.Addr().String()+" "+c.says) || strings.Contains(err.Error(), "canary") ||
				strings.Contains(err.Error(), "secret of") || !errors.Is(err, fs.ErrPermission) || refused.Load() != before+1 {
				t.Errorf("%s, %s: %v after %d requests", scheme, name, err, refused.Load()-before)
			}
		}
		if _, err := (&http.Client{Transport: Elsewhere(unverified)}).Get(address); err == nil || !strings.Contains(err.Error(), noLoginHelp) {
			t.Errorf("%s, without secrets: %v", scheme, err)
		}
	}
}

// TestGatewayLogin: the gateway has the login in the address that the client gives it, and a step is told why it does not count.
func TestGatewayLogin(t *testing.T) {
	proxy, _ := lockedProxy(t, "builder", "canary")
	behind := func(userinfo string) *http.Client {
		upstream := "http://" + userinfo + proxy.Listener.Addr().String()
		gateway, err := serve(t, Settings{Proxy: httpproxy.Config{HTTPProxy: upstream, HTTPSProxy: upstream}}).Transport.(*http.Transport).Proxy(httptest.NewRequest("GET", "http://x.example/", nil))
		if err != nil {
			t.Fatal(err)
		}
		tr := transport(unverified, netrcHelp)
		tr.Proxy = http.ProxyURL(gateway)
		return &http.Client{Transport: explained(tr, netrcHelp)}
	}
	for _, scheme := range []string{"http", "https"} {
		if got := get(behind("builder:canary@"), scheme+"://mirror.example/"); got != "200 hello mirror.example <nil>" {
			t.Errorf("%s: %s", scheme, got)
		}
		for userinfo, says := range map[string]string{"": "asks for a user name and a password", "builder:canary2@": "does not take the user name and password"} {
			_, err := behind(userinfo).Get(scheme + "://mirror.example/")
			if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), gatewayHelp) || strings.Contains(err.Error(), "canary") || !errors.Is(err, fs.ErrPermission) {
				t.Errorf("%s, %q: %v", scheme, userinfo, err)
			}
		}
	}
}

// TestAdvice: TestProxyLogin and TestGatewayLogin are refused, and no longer once they have done as told.
func TestAdvice(t *testing.T) {
	u := &url.URL{Scheme: "http", Host: "proxy.example:3128"}
	diagtest.Advice(t, ".", []string{netrcHelp(u), gatewayHelp, noLoginHelp}, nil)
}
