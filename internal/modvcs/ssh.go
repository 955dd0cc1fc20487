package modvcs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/go-git/go-git/v6/plumbing/format/packfile"
	"github.com/go-git/go-git/v6/plumbing/transport"
	gitssh "github.com/go-git/go-git/v6/plumbing/transport/ssh"
	"github.com/go-git/go-git/v6/plumbing/transport/ssh/knownhosts"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/modship-build/modship/internal/patience"
)

const sshTimeout = 30 * time.Second

// SSH is how servers are reached by ssh.
type SSH struct {
	// Agent is the socket of an agent, which has the keys.
	Agent string
	// KnownHosts is a file with the keys of servers, in the format of OpenSSH's known_hosts; "" means that no server is known.
	KnownHosts string
	// User is who is meant where a URL names nobody; "" is git, as forges have it.
	User string
	// Dial connects to host:port.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// What may be wrong with ssh.
var (
	errNoAgent      = errors.New("no agent")
	errNoKeys       = errors.New("the agent has no keys")
	errNoKnownHosts = errors.New("no known hosts")
)

// hostError says that a server has not the key that is known.
type hostError struct {
	fingerprint string
	changed     bool
	err         error
}

func (e *hostError) Error() string { return e.err.Error() }

func (s *SSH) user() string { return cmp.Or(s.User, gitssh.DefaultUsername) }

// session opens a session to read from a repository.
func (s *SSH) session(ctx context.Context, req *transport.Request, stall time.Duration, l *listing) (transport.Session, error) {
	if s == nil {
		return nil, errNoAgent
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", s.Agent)
	if err != nil {
		return nil, fmt.Errorf("connecting to the agent: %w", err)
	}
	defer conn.Close() // its keys are asked for when the session is opened, and not again
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		return nil, fmt.Errorf("asking the agent for keys: %w", err)
	}
	if len(signers) == 0 {
		return nil, errNoKeys
	}
	if s.KnownHosts == "" {
		return nil, errNoKnownHosts
	}
	known, err := knownhosts.NewDB(s.KnownHosts)
	if err != nil {
		return nil, fmt.Errorf("reading the known hosts: %w", err)
	}
	var refused *hostError
	opts := gitssh.Options{DialContext: s.dial(stall, l), ClientConfig: func(context.Context, *transport.Request) (*ssh.ClientConfig, error) {
		port := req.URL.Port()
		if port == "" {
			port = "22"
		}
		algorithms := known.HostKeyAlgorithms(net.JoinHostPort(req.URL.Hostname(), port))
		if len(algorithms) == 0 { // an unknown host shows its key, and is refused
			algorithms = ssh.SupportedAlgorithms().HostKeys
		}
		return &ssh.ClientConfig{
			User: cmp.Or(req.URL.User.Username(), s.user()),
			Auth: []ssh.AuthMethod{ssh.PublicKeys(signers...)},
			HostKeyCallback: func(host string, addr net.Addr, key ssh.PublicKey) error {
				err := known.HostKeyCallback()(host, addr, key)
				if err != nil {
					refused = &hostError{ssh.FingerprintSHA256(key), knownhosts.IsHostKeyChanged(err), err}
				}
				return err
			},
			HostKeyAlgorithms: algorithms,
			Timeout:           sshTimeout,
		}, nil
	}}
	session, err := gitssh.NewTransport(opts).Handshake(ctx, req)
	if refused != nil {
		return nil, refused
	}
	return session, err
}

// dial connects to servers that may be silent for a while.
func (s *SSH) dial(stall time.Duration, l *listing) transport.DialContextFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := s.Dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return listedConn{patience.Conn(conn, stall, maxSent), l}, nil
	}
}

// explainSSH says why a server gives nothing by ssh, and what to do.
func (a *Access) explainSSH(u *url.URL, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*accessError](err); ok {
		return err
	}
	if errors.Is(err, io.EOF) && !errors.Is(err, packfile.ErrMalformedPackfile) { // what a server does after it has said, to nobody who listens, that there is none
		err = transport.ErrRepositoryNotFound
	}
	e := &accessError{url: u, why: ownMachine(u, err), err: err}
	refused, isRefused := errors.AsType[*hostError](err)
	switch {
	case errors.Is(err, errNoAgent):
		e.why = "the build has no keys for ssh; give --ssh default"
	case errors.Is(err, errNoKeys):
		e.why = "the agent of --ssh default has no keys; add one with ssh-add, or give --ssh default=FILE"
	case errors.Is(err, errNoKnownHosts):
		e.why = "the build knows no server of ssh; give --secret id=known_hosts,src=FILE with a line for " + u.Hostname()
	case isRefused && refused.changed:
		e.why = fmt.Sprintf("the server has another key, %s, than known_hosts has for %s: it may be another server", refused.fingerprint, u.Host)
	case isRefused:
		e.why = fmt.Sprintf("the key of the server, %s, is not known; if it is the right one, give --secret id=known_hosts,src=FILE with a line for %s", refused.fingerprint, u.Host)
	case strings.Contains(err.Error(), "unable to authenticate"):
		e.why = fmt.Sprintf("%s takes none of the keys of --ssh default", u.Host)
	case errors.Is(err, transport.ErrRepositoryNotFound):
		e.why = fmt.Sprintf("%s has no such repository, or hides it from the owner of the key", u.Host)
	}
	return e
}
