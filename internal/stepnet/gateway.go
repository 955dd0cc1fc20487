package stepnet

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// Settings is what one build may do. It is compared as a whole: builds with the same settings have the same address.
type Settings struct {
	// Proxy are the proxies of the user.
	Proxy httpproxy.Config `json:"proxy"`
	// Local are the servers of this machine, as host:port, that the user has named.
	Local []string `json:"local,omitempty"`
}

// Gateway is a proxy for HTTP that reaches no server of this machine but those that its settings name. The zero value works.
type Gateway struct {
	mu       sync.Mutex
	byText   map[string]netip.Addr
	settings map[netip.Addr]*route
}

// maxSettings bounds what a gateway remembers; one that runs for days sees a few.
const maxSettings = 1024

// Register gives the address at which the settings count, for as long as the gateway runs.
func (g *Gateway) Register(s Settings) (netip.Addr, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return netip.Addr{}, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if addr, ok := g.byText[string(text)]; ok {
		return addr, nil
	}
	if len(g.byText) >= maxSettings {
		return netip.Addr{}, errors.New("the gateway of build steps has seen too many different settings; stop the private BuildKit")
	}
	if g.byText == nil {
		g.byText, g.settings = map[string]netip.Addr{}, map[netip.Addr]*route{}
	}
	addr := randomAddr()
	for g.settings[addr] != nil {
		addr = randomAddr()
	}
	g.byText[string(text)], g.settings[addr] = addr, newRoute(s)
	return addr, nil
}

// randomAddr cannot be guessed by a step of another build, see [guard].
func randomAddr() netip.Addr {
	var b [4]byte
	rand.Read(b[:])
	binary.BigEndian.PutUint32(b[:], 127<<24|1<<23|binary.BigEndian.Uint32(b[:])&(1<<23-1))
	return netip.AddrFrom4(b)
}

// Serve serves what comes in at addresses of builds until l is closed. l may be in another network namespace.
func (g *Gateway) Serve(l *net.TCPListener) error {
	server := http.Server{Handler: g, ReadHeaderTimeout: 30 * time.Second}
	return server.Serve(&guard{TCPListener: l, known: func(addr netip.Addr) bool { return g.route(addr) != nil }, sleep: time.Sleep})
}

func (g *Gateway) route(addr netip.Addr) *route {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.settings[addr]
}

// ServeHTTP proxies one request.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	var rt *route
	if at, err := netip.ParseAddrPort(fmt.Sprint(local)); err == nil {
		rt = g.route(at.Addr().Unmap())
	}
	switch {
	case rt == nil:
		http.Error(w, "no build has this address of the gateway", http.StatusForbidden)
	case r.Method == http.MethodConnect:
		rt.connect(w, r)
	case r.URL.Scheme == "http" && r.URL.Host != "":
		rt.forward.ServeHTTP(w, r)
	default:
		http.Error(w, "this is a proxy for http, and for what CONNECT reaches", http.StatusBadRequest)
	}
}

// route is how requests of one build go on.
type route struct {
	Settings
	proxy   func(*url.URL) (*url.URL, error) // nil for a loopback address
	forward *httputil.ReverseProxy
}

func newRoute(s Settings) *route {
	s.Local = slices.Clone(s.Local)
	rt := &route{Settings: s, proxy: s.Proxy.ProxyFunc()}
	rt.forward = &httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.Out.Host = r.In.Host },
		Transport:    rt.transport(),
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) { refuse(w, err) },
	}
	return rt
}

// transport is for plain http.
func (rt *route) transport() http.RoundTripper {
	direct := &http.Transport{DialContext: rt.dial, DisableCompression: true, IdleConnTimeout: time.Minute}
	// It connects to proxies of the user's only, which may be on this machine.
	indirect := &http.Transport{DisableCompression: true, IdleConnTimeout: time.Minute,
		Proxy: func(r *http.Request) (*url.URL, error) { return rt.proxy(r.URL) }}
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		upstream, err := rt.proxy(r.URL)
		if err != nil {
			return nil, fmt.Errorf("choosing the proxy for %s: %w", r.URL.Host, err)
		}
		if upstream == nil {
			return direct.RoundTrip(r)
		}
		if err := rt.refuseResolved(r.Context(), hostPort(r.URL)); err != nil {
			return nil, err
		}
		resp, err := indirect.RoundTrip(r)
		if err == nil && resp.StatusCode == http.StatusProxyAuthRequired {
			_ = resp.Body.Close()
			return nil, loginError(upstream, gatewayHelp)
		}
		return resp, err
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip is f.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The header by which the gateway's own answers are told from those of servers behind it (RFC 9209).
const (
	proxyStatus      = "Proxy-Status"
	refusedByGateway = "modship; error=http_request_denied"
)

// refuse tells the step why, in one line of plain text.
func refuse(w http.ResponseWriter, err error) {
	code := http.StatusBadGateway
	if final(err) {
		code = http.StatusForbidden
		w.Header().Set(proxyStatus, refusedByGateway)
	}
	http.Error(w, strings.ReplaceAll(err.Error(), "\n", " "), code)
}

func (rt *route) named(hostPort string) bool {
	return slices.Contains(rt.Local, strings.ToLower(hostPort))
}

// connect makes a tunnel.
func (rt *route) connect(w http.ResponseWriter, r *http.Request) {
	conn, err := rt.tunnel(r.Context(), r.Host)
	if err != nil {
		refuse(w, err)
		return
	}
	defer conn.Close()
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		refuse(w, errors.New("the connection cannot be taken over"))
		return
	}
	client, buffered, err := hijacker.Hijack()
	if err != nil {
		refuse(w, err)
		return
	}
	defer client.Close()
	if _, err := io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(conn, buffered)
		closeWrite(conn)
	}()
	_, _ = io.Copy(client, conn)
	closeWrite(client)
	<-done
}

func closeWrite(c net.Conn) {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
		return
	}
	_ = c.Close()
}

// tunnel connects to a server, through the user's proxy if there is one for it.
func (rt *route) tunnel(ctx context.Context, hostPort string) (net.Conn, error) {
	upstream, err := rt.proxy(&url.URL{Scheme: "https", Host: hostPort})
	if err != nil {
		return nil, fmt.Errorf("choosing the proxy for %s: %w", hostPort, err)
	}
	if upstream == nil {
		return rt.dial(ctx, "tcp", hostPort)
	}
	if err := rt.refuseResolved(ctx, hostPort); err != nil {
		return nil, err
	}
	return through(ctx, upstream, hostPort)
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return strings.ToLower(net.JoinHostPort(u.Hostname(), port))
}
