package stepnet

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"golang.org/x/net/proxy"

	"github.com/modship-build/modship/internal/netrc"
)

// localError says that a step asked for what belongs to the machine that builds.
type localError struct{ host, why string }

func (e *localError) Error() string {
	return fmt.Sprintf("%s is %s, which build steps do not reach unless GOPROXY or GOSUMDB, as a build argument or in the environment of the client, names it", e.host, e.why)
}

// Is tells that it is of no use to ask again.
func (e *localError) Is(target error) bool { return isPermission(target) }

func isPermission(target error) bool { return target == fs.ErrPermission }

// final tells whether it is the gateway that refuses a server, or the proxy behind it.
func final(err error) bool {
	_, local := errors.AsType[*localError](err)
	_, login := errors.AsType[*LoginError](err)
	return local || login
}

const dialTimeout = 30 * time.Second

// dial connects to a server that is not of this machine, or that the user has named. The address is looked at when its name has been
// resolved, right before the connection is made: a name that points to this machine is of no use, whenever it does.
func (rt *route) dial(ctx context.Context, network, hostPort string) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTimeout}
	if !rt.named(hostPort) {
		if err := checkHost(hostPort); err != nil {
			return nil, err
		}
		d.Control = func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("reading the address %s: %w", address, err)
			}
			return checkAddr(at.Addr())
		}
	}
	return d.DialContext(ctx, network, hostPort)
}

// refuseResolved refuses a name that points to this machine before a proxy of the user's is asked for it: that proxy may run here, too.
// What only the proxy can resolve is its own affair, but for names that mean a machine itself wherever they are asked for.
func (rt *route) refuseResolved(ctx context.Context, hostPort string) error {
	if rt.named(hostPort) {
		return nil
	}
	if err := checkHost(hostPort); err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil
	}
	for _, addr := range addrs {
		if err := checkAddr(addr); err != nil {
			return err
		}
	}
	return nil
}

// through connects to a server by way of a proxy.
func through(ctx context.Context, upstream *url.URL, hostPort string) (net.Conn, error) {
	d := &net.Dialer{Timeout: dialTimeout}
	if upstream.Scheme == "socks5" || upstream.Scheme == "socks5h" {
		socks, err := proxy.FromURL(upstream, d)
		if err != nil {
			return nil, fmt.Errorf("using the proxy %s: %w", upstream.Redacted(), err)
		}
		if c, ok := socks.(proxy.ContextDialer); ok {
			return c.DialContext(ctx, "tcp", hostPort)
		}
		return nil, errors.New("using a SOCKS proxy: it cannot be interrupted")
	}
	port := upstream.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[upstream.Scheme]
	}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(upstream.Hostname(), port))
	if err != nil {
		return nil, fmt.Errorf("connecting to the proxy: %w", err)
	}
	if upstream.Scheme == "https" {
		conn = tls.Client(conn, &tls.Config{ServerName: upstream.Hostname(), NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12})
	}
	// The deadline is for the answer of the proxy; a step may be silent for as long as it likes.
	_ = conn.SetDeadline(time.Now().Add(dialTimeout))
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	tunnel, err := askTunnel(conn, upstream, hostPort)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("asking the proxy for %s: %w", hostPort, err)
	}
	_ = conn.SetDeadline(time.Time{})
	return tunnel, nil
}

func askTunnel(conn net.Conn, upstream *url.URL, hostPort string) (net.Conn, error) {
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: hostPort}, Host: hostPort, Header: http.Header{}}
	if u := upstream.User; u != nil {
		password, _ := u.Password()
		req.Header.Set("Proxy-Authorization", netrc.Basic(u.Username(), password))
	}
	if err := req.Write(conn); err != nil {
		return nil, err
	}
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusProxyAuthRequired {
		return nil, loginError(upstream, gatewayHelp)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it says %s", resp.Status)
	}
	return &bufferedConn{conn, r}, nil
}

// bufferedConn reads through the reader of the answer, which may hold the first bytes of the server.
type bufferedConn struct {
	net.Conn
	r *bufio.Reader
}

// Read reads what the reader holds first.
func (c *bufferedConn) Read(p []byte) (int, error) { return c.r.Read(p) }

// CloseWrite says that nothing more will come.
func (c *bufferedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return c.Conn.Close()
}
