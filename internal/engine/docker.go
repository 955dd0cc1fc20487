package engine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/moby/buildkit/client"
)

// dockerSocket is where dockerd listens when DOCKER_HOST says nothing.
const dockerSocket = "/var/run/docker.sock"

// dockerTimeout is short, because Docker is only asked whether it happens to be there.
const dockerTimeout = 5 * time.Second

// connectDocker returns nil and no error when there is no sign of a Docker daemon, and an error when it cannot be used.
func connectDocker(ctx context.Context, o Options) (*Engine, error) {
	host := o.getenv("DOCKER_HOST")
	if host == "" {
		if _, err := os.Stat(dockerSocket); err != nil {
			return nil, nil
		}
		host = "unix://" + dockerSocket
	}
	if o.getenv("DOCKER_TLS_VERIFY") != "" {
		return nil, errors.New("DOCKER_TLS_VERIFY is set, and Modship does not speak TLS to Docker")
	}
	d, err := newDockerDialer(host)
	if err != nil {
		return nil, err
	}
	o.warnOfPlain(host)
	ctx, cancel := context.WithTimeoutCause(ctx, dockerTimeout, fmt.Errorf("no answer within %v", dockerTimeout))
	defer cancel()
	c, err := dial(ctx, "", client.WithSessionDialer(d.hijack),
		client.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return d.hijackPath(ctx, "/grpc", "h2c", nil)
		}))
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", host, err)
	}
	return &Engine{Addr: "docker:" + host, client: c}, nil
}

// dockerDialer turns requests to dockerd into raw connections, as `docker buildx` does for its docker driver: dockerd serves
// BuildKit's API on POST /grpc and sessions on POST /session, both after an HTTP upgrade (moby v18.09, API 1.39).
type dockerDialer struct{ network, addr string }

func newDockerDialer(host string) (dockerDialer, error) {
	u, err := url.Parse(host)
	if err != nil {
		return dockerDialer{}, fmt.Errorf("reading DOCKER_HOST: %w", err)
	}
	switch u.Scheme {
	case "unix":
		return dockerDialer{"unix", u.Path}, nil
	case "tcp":
		return dockerDialer{"tcp", u.Host}, nil
	}
	return dockerDialer{}, fmt.Errorf("DOCKER_HOST=%s is neither a unix:// nor a tcp:// address", host)
}

func (d dockerDialer) hijack(ctx context.Context, proto string, meta map[string][]string) (net.Conn, error) {
	return d.hijackPath(ctx, "/session", proto, meta)
}

func (d dockerDialer) hijackPath(ctx context.Context, path, proto string, meta map[string][]string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, d.network, d.addr)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	up, err := upgrade(conn, path, proto, meta)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("upgrading POST %s: %w", path, err)
	}
	return up, nil
}

func upgrade(conn net.Conn, path, proto string, meta map[string][]string) (net.Conn, error) {
	req, err := http.NewRequest(http.MethodPost, "http://docker"+path, nil)
	if err != nil {
		return nil, err
	}
	for k, v := range meta {
		req.Header[http.CanonicalHeaderKey(k)] = v
	}
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", proto)
	if err := req.Write(conn); err != nil {
		return nil, err
	}
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 512))
		return nil, fmt.Errorf("%s %s", resp.Status, strings.TrimSpace(string(body)))
	}
	return upgradedConn{conn, r}, nil
}

// upgradedConn reads through the reader of the response, which may hold the first bytes of the new protocol.
type upgradedConn struct {
	net.Conn
	r *bufio.Reader
}

func (c upgradedConn) Read(p []byte) (int, error) { return c.r.Read(p) }
