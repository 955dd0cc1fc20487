package stepnet

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Transport is how a step asks servers: through the proxy of its environment, see [Proxy]. Where a gateway refuses a server, the error
// says why.
func Transport(conf *tls.Config) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy, t.TLSClientConfig, t.OnProxyConnectResponse = Proxy, conf, refusal
	return t
}

// Elsewhere is [Transport] for addresses that a repository names: it reaches no server of the machine that it runs on, whatever network
// the step has. A proxy is asked for names that only the proxy may know.
func Elsewhere(conf *tls.Config) http.RoundTripper {
	rt := &route{}
	direct, indirect := Transport(conf), Transport(conf)
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

// refusal reads why the gateway makes no connection, of which [http.Transport] gives the status alone.
func refusal(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK || !isGateway(proxy.Hostname()) {
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
