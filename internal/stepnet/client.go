package stepnet

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Transport is how a step asks servers: through the proxy of its environment, see [Proxy], with the login for that, if there is one.
// Where a gateway or a proxy refuses a server, the error says why.
func Transport(conf *tls.Config, login Login) http.RoundTripper {
	t := transport(conf, netrcHelp)
	t.Proxy = func(r *http.Request) (*url.URL, error) {
		proxy, err := Proxy(r)
		return login.of(proxy), err
	}
	return explained(t, netrcHelp)
}

// transport reads why a proxy makes no connection; help says what to do where it wants a login.
func transport(conf *tls.Config, help func(proxy *url.URL) string) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy, t.TLSClientConfig = Proxy, conf
	t.OnProxyConnectResponse = func(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
		return refusal(proxy, resp, help)
	}
	return t
}

// explained makes errors of answers to plain http that are not a server's but those of a proxy before it.
func explained(t *http.Transport, help func(proxy *url.URL) string) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		resp, err := t.RoundTrip(r)
		if err != nil || r.URL.Scheme != "http" || resp.StatusCode != http.StatusProxyAuthRequired && resp.Header.Get(proxyStatus) != refusedByGateway {
			return resp, err
		}
		proxy, err := t.Proxy(r)
		if err != nil || proxy == nil {
			return resp, err
		}
		if err := refusal(proxy, resp, help); err != nil {
			_ = resp.Body.Close()
			return nil, err
		}
		return resp, nil
	})
}

// Elsewhere is [Transport] for addresses that a repository names: it reaches no server of the machine that it runs on, whatever network
// the step has, and has no login for a proxy. A proxy is asked for names that only the proxy may know.
func Elsewhere(conf *tls.Config) http.RoundTripper {
	rt := &route{}
	help := func(*url.URL) string { return noLoginHelp }
	direct, indirect := transport(conf, help), explained(transport(conf, help), help)
	direct.Proxy, direct.DialContext = nil, rt.dial
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		upstream, err := Proxy(r)
		if err != nil {
			return nil, fmt.Errorf("choosing the proxy for %s: %w", r.URL.Host, err)
		}
		if upstream == nil {
			return direct.RoundTrip(r)
		}
		if err := rt.refuseResolved(r.Context(), hostPort(r.URL)); err != nil {
			return nil, err
		}
		return indirect.RoundTrip(r)
	})
}

// maxRefusal bounds what is read of why a gateway refuses a server, in bytes.
const maxRefusal = 1 << 10

// refusal reads why a gateway or a proxy refuses a server, of which [http.Transport] gives the status alone. What another proxy than the
// gateway says is not quoted.
func refusal(proxy *url.URL, resp *http.Response, help func(proxy *url.URL) string) error {
	switch {
	case resp.StatusCode == http.StatusOK:
		return nil
	case !isGateway(proxy.Hostname()):
		if resp.StatusCode == http.StatusProxyAuthRequired {
			return loginError(proxy, help(proxy))
		}
		return nil
	}
	line, _ := bufio.NewReader(io.LimitReader(resp.Body, maxRefusal)).ReadString('\n')
	if line = strings.TrimSpace(line); line == "" {
		return nil
	}
	return &refusedError{line, resp.StatusCode == http.StatusForbidden}
}

// refusedError is what the gateway says.
type refusedError struct {
	text  string
	final bool
}

func (e *refusedError) Error() string { return e.text }

// Is tells that it is of no use to ask again.
func (e *refusedError) Is(target error) bool { return e.final && isPermission(target) }

// Dialer gives how a step connects to servers that speak no HTTP: as for https, by way of the proxy of its environment.
func Dialer(login Login) func(ctx context.Context, network, hostPort string) (net.Conn, error) {
	return func(ctx context.Context, network, hostPort string) (net.Conn, error) {
		upstream, err := Proxy(&http.Request{URL: &url.URL{Scheme: "https", Host: hostPort}})
		if err != nil {
			return nil, fmt.Errorf("choosing the proxy for %s: %w", hostPort, err)
		}
		if upstream == nil {
			return (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, network, hostPort)
		}
		return through(ctx, login.of(upstream), hostPort)
	}
}
