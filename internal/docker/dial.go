package docker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/docker/cli/cli/connhelper/commandconn"
	"github.com/moby/moby/client"

	"github.com/modship-build/modship/internal/localfile"
)

// API connects to the Docker daemon. Nothing is said to it yet.
func (c *Context) API() (*client.Client, error) {
	opts, err := c.endpoint.ClientOpts()
	if err != nil {
		return nil, fmt.Errorf("connecting to Docker at %s: %w", c.Host, err)
	}
	api, err := client.New(opts...)
	if err != nil {
		return nil, fmt.Errorf("connecting to Docker at %s: %w", c.Host, err)
	}
	return api, nil
}

// Dialer makes connections to a builder's BuildKit.
type Dialer struct {
	// Dial connects to BuildKit's API.
	Dial func(context.Context) (net.Conn, error)
	// Session connects to the place where Docker takes what a client offers to a build. Nil is for all others, which take it over the
	// first connection.
	Session func(ctx context.Context, proto string, meta map[string][]string) (net.Conn, error)
}

// Dialer gives what connects to a builder.
func (s Settings) Dialer(b Builder) (Dialer, error) {
	if b.Context == nil {
		return s.buildxDialer(b.Name)
	}
	api, err := b.Context.API()
	if err != nil {
		return Dialer{}, err
	}
	return Dialer{
		Dial: func(ctx context.Context) (net.Conn, error) {
			conn, err := api.DialHijack(ctx, "/grpc", "h2c", nil)
			return conn, commandError(err)
		},
		Session: func(ctx context.Context, proto string, meta map[string][]string) (net.Conn, error) {
			conn, err := api.DialHijack(ctx, "/session", proto, meta)
			return conn, commandError(err)
		},
	}, nil
}

// buildxDialer has buildx connect, which knows how to for each driver, and starts a builder that does not run.
func (s Settings) buildxDialer(name string) (Dialer, error) {
	program, err := s.buildx("dial-stdio", "--builder", name)
	if err != nil {
		return Dialer{}, err
	}
	return Dialer{Dial: func(ctx context.Context) (net.Conn, error) {
		conn, err := commandconn.New(ctx, program[0], program[1:]...)
		if err != nil {
			return nil, fmt.Errorf("running %s: %w", strings.Join(program, " "), err)
		}
		return buildxConn{conn}, nil
	}}, nil
}

// buildx is the command line of buildx, which is a plugin of docker, or a program of its own.
func (s Settings) buildx(args ...string) ([]string, error) {
	path := s.getenv("PATH")
	if docker, err := localfile.FindProgram("docker", path); err == nil {
		return append([]string{docker, "buildx"}, args...), nil
	}
	for _, name := range []string{"buildx", "docker-buildx"} {
		if program, err := localfile.FindProgram(name, path); err == nil {
			return append([]string{program}, args...), nil
		}
	}
	return nil, errors.New("neither docker nor buildx is in PATH, which connects to builders of buildx")
}

// buildxConn gives what buildx has said.
type buildxConn struct{ net.Conn }

func (c buildxConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	return n, commandError(err)
}

func (c buildxConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	return n, commandError(err)
}

// commandError gives what ssh or buildx has said, in place of the words of the library that runs them: for it each is a broken ssh.
func commandError(err error) error {
	if err == nil {
		return nil
	}
	if _, said, ok := strings.Cut(err.Error(), "stderr="); ok && strings.TrimSpace(said) != "" {
		return errors.New(strings.TrimPrefix(strings.TrimSpace(said), "ERROR: "))
	}
	return err
}
