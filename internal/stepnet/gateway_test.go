package stepnet

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/http/httpproxy"
)

// serve runs a gateway at an address that has the settings, and gives a client that goes through it.
func serve(t *testing.T, s Settings) *http.Client {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the loopback network has other addresses than 127.0.0.1 on Linux only")
	}
	var g Gateway
	addr, err := g.Register(s)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp4", netip.AddrPortFrom(addr, 0).String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go g.Serve(l.(*net.TCPListener))
	proxy := "http://" + l.Addr().String()
	env := &httpproxy.Config{HTTPProxy: proxy, HTTPSProxy: proxy}
	return &http.Client{Transport: &http.Transport{
		Proxy:           func(r *http.Request) (*url.URL, error) { return proxyFor(env, r) },
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
}

func get(c *http.Client, url string) string {
	resp, err := c.Get(url)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return fmt.Sprint(resp.StatusCode, " ", strings.TrimSpace(string(body)), " ", err)
}

func hello(w http.ResponseWriter, r *http.Request) {
	if f := r.Header.Get("X-Forwarded-For"); f != "" {
		fmt.Fprint(w, "the client is told: "+f)
	}
	fmt.Fprint(w, "hello "+r.Host)
}

// TestGatewayRefusesThisMachine tries every name that a server of this machine has.
func TestGatewayRefusesThisMachine(t *testing.T) {
	all, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	reached := make(chan struct{}, 100)
	server := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached <- struct{}{} })}
	go server.Serve(all)
	t.Cleanup(func() { server.Close() })
	port := all.Addr().(*net.TCPAddr).Port
	hosts := []string{"127.0.0.1", "localhost", "LOCALHOST", "127.9.9.9", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "127.1"}
	own, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range own {
		if ip := a.(*net.IPNet).IP; ip.To4() != nil {
			hosts = append(hosts, ip.String())
		} else if !ip.IsLinkLocalUnicast() {
			hosts = append(hosts, "["+ip.String()+"]")
		}
	}
	c := serve(t, Settings{Local: []string{"127.0.0.1:1", "localhost"}})
	for _, host := range hosts {
		for _, scheme := range []string{"http", "https"} {
			answer := get(c, fmt.Sprintf("%s://%s:%d/", scheme, host, port))
			if !strings.Contains(answer, "Forbidden") && !strings.HasPrefix(answer, "403 ") {
				t.Errorf("%s://%s: %s", scheme, host, answer)
			}
		}
	}
	if len(reached) > 0 {
		t.Errorf("the server was reached %d times", len(reached))
	}
	if answer := get(c, "http://169.254.169.254/latest/meta-data"); !strings.Contains(answer, "local link") {
		t.Errorf("metadata of a cloud: %s", answer)
	}
}

// TestGatewayReachesWhatTheUserNames: that, and nothing beside it on the same machine.
func TestGatewayReachesWhatTheUserNames(t *testing.T) {
	plain, other := httptest.NewServer(http.HandlerFunc(hello)), httptest.NewServer(http.HandlerFunc(hello))
	defer plain.Close()
	defer other.Close()
	secure := httptest.NewTLSServer(http.HandlerFunc(hello))
	defer secure.Close()
	c := serve(t, Settings{Local: Servers(plain.URL+"/goproxy,"+secure.URL+"|direct", "sum.golang.org")})
	for _, server := range []string{plain.URL, secure.URL} {
		if got := get(c, server); !strings.HasPrefix(got, "200 hello 127.0.0.1:") {
			t.Errorf("%s: %s", server, got)
		}
	}
	resp, err := c.Get(secure.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if !resp.TLS.PeerCertificates[0].Equal(secure.Certificate()) { // the gateway has another, if any
		t.Errorf("the certificate is that of %s", resp.TLS.PeerCertificates[0].Subject)
	}
	if got := get(c, other.URL); !strings.HasPrefix(got, "403 ") || !strings.Contains(got, "127.0.0.1 is the machine that builds") {
		t.Error(got)
	}
}

// TestGatewayUsesTheUsersProxy for http and for https; a proxy on this machine is no way to other servers of it.
func TestGatewayUsesTheUsersProxy(t *testing.T) {
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.Host+" "+r.Header.Get("Proxy-Authorization"))
		http.Error(w, "the proxy answers", http.StatusTeapot)
	}))
	defer proxy.Close()
	user := strings.Replace(proxy.URL, "http://", "http://me:pw@", 1)
	c := serve(t, Settings{Proxy: httpproxy.Config{HTTPProxy: user, HTTPSProxy: user, NoProxy: "localhost"}})
	if got := get(c, "http://server.invalid/"); !strings.HasPrefix(got, "418 the proxy answers") {
		t.Error(got)
	}
	if got := get(c, "https://server.invalid/"); !strings.Contains(got, "Bad Gateway") {
		t.Error(got)
	}
	const auth = " Basic bWU6cHc="
	if diff := cmp.Diff([]string{"GET server.invalid" + auth, "CONNECT server.invalid:443" + auth}, asked); diff != "" {
		t.Error(diff)
	}
	for _, u := range []string{proxy.URL, "http://0.0.0.0:1/", "https://[::]:1/", "http://127.1:1/", "https://127.1:1/", "http://2130706433/",
		"https://0x7f000001/", "http://017700000001/", "https://0/", "http://localhost.:1/", "https://localhost.:1/", "https://a.localhost/"} {
		if got := get(c, u); !strings.HasPrefix(got, "403 ") && !strings.Contains(got, "Forbidden") {
			t.Errorf("%s: %s", u, got)
		}
	}
	if len(asked) != 2 {
		t.Errorf("the proxy was asked %q", asked)
	}
}

func TestGatewayKnowsItsBuilds(t *testing.T) {
	var g Gateway
	a, err := g.Register(Settings{Local: []string{"a:1"}})
	b, err2 := g.Register(Settings{Local: []string{"b:1"}})
	again, err3 := g.Register(Settings{Local: []string{"a:1"}})
	if err != nil || err2 != nil || err3 != nil || a == b || a != again || !Prefix.Contains(a) || !Prefix.Contains(b) {
		t.Errorf("%v %v %v: %v %v %v", a, b, again, err, err2, err3)
	}
	r := httptest.NewRequest(http.MethodGet, "http://server.example/", nil)
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r) // at an address that no build has
	if w.Code != http.StatusForbidden {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for i := range maxSettings {
		if _, err = g.Register(Settings{Local: []string{fmt.Sprint(i)}}); err != nil {
			break
		}
	}
	if err == nil {
		t.Error("it remembers without a bound")
	}
}

func TestProxyFor(t *testing.T) {
	const gateway = "http://127.200.1.2:3128"
	for _, test := range []struct {
		env       httpproxy.Config
		url, want string
	}{
		{httpproxy.Config{HTTPProxy: gateway, HTTPSProxy: gateway}, "http://localhost:3000/", gateway},
		{httpproxy.Config{HTTPProxy: gateway, HTTPSProxy: gateway}, "https://example.com/", gateway},
		{httpproxy.Config{HTTPProxy: "http://127.0.0.1:3128", HTTPSProxy: "http://127.0.0.1:3128"}, "http://localhost:3000/", ""},
		{httpproxy.Config{HTTPProxy: "http://p.example", NoProxy: "example.com"}, "http://example.com/", ""},
		{httpproxy.Config{HTTPProxy: "http://p.example"}, "http://example.com/", "http://p.example"},
		{httpproxy.Config{}, "http://example.com/", ""},
	} {
		r := httptest.NewRequest(http.MethodGet, test.url, nil)
		got, err := proxyFor(&test.env, r)
		if err != nil || got == nil && test.want != "" || got != nil && got.String() != test.want {
			t.Errorf("%+v %s: %v, %v, want %s", test.env, test.url, got, err, test.want)
		}
	}
}

func TestServers(t *testing.T) {
	got := Servers("https://a.example/x,http://Localhost:3000|direct,off,b.example", "sum.example+033de0ae+Ac4= https://c.example:8443/sumdb")
	for _, want := range []string{"a.example:443", "b.example:443", "c.example:8443", "localhost:3000"} {
		if !strings.Contains(" "+strings.Join(got, " ")+" ", " "+want+" ") {
			t.Errorf("%q has no %s", got, want)
		}
	}
	if got := Servers("", ""); len(got) > 0 {
		t.Errorf("of nothing: %q", got)
	}
}

func TestProxyOf(t *testing.T) {
	vars := map[string]string{"http_proxy": "a", "HTTP_PROXY": "b", "ALL_PROXY": "c", "no_proxy": "d"}
	want := httpproxy.Config{HTTPProxy: "b", HTTPSProxy: "c", NoProxy: "d"}
	if got := ProxyOf(func(name string) string { return vars[name] }); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
