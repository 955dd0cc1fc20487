package ociread

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"
)

// guard is what every request to a registry goes through, also those of redirects and for tokens.
type guard struct {
	inner    http.RoundTripper
	registry string // host and port
	plain    bool
	limit    int64 // of a manifest
	// silence is how long a registry may send nothing.
	silence time.Duration
}

const (
	// maxRedirects is what net/http allows; package remote, which looks at redirects itself, has no such limit.
	maxRedirects = 10
	maxSilence   = 2 * time.Minute
)

var errSilent = fmt.Errorf("the registry has sent nothing for %v", maxSilence)

var errRedirects = broken("the registry redirects more than %d times", maxRedirects)

// RoundTrip lets passwords go to no other site than the registry's: a registry, or who changes its answers, may name any server of
// tokens or redirect to any host. It also keeps a connection from falling back to plain HTTP, which package remote allows in all
// private networks.
func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	host := req.URL.Hostname()
	if req.URL.Scheme != "https" && !g.plain && !onThisMachine(host) {
		return nil, fmt.Errorf("%s does not speak TLS, and plain HTTP was not allowed", host)
	}
	if hasPassword(req) && !sameSite(hostname(g.registry), host) {
		return nil, fmt.Errorf("%w: the registry wants its password sent to %s, which is not under its domain", ErrNoAccess, host)
	}
	if redirects(req) > maxRedirects {
		return nil, errRedirects
	}
	resp, err := g.heard(req)
	if err == nil && strings.Contains(req.URL.Path, "/manifests/") {
		resp.Body = &limitedBody{ReadCloser: resp.Body, left: g.limit}
	}
	return resp, err
}

// redirects counts the answers that led to a request.
func redirects(req *http.Request) (n int) {
	for ; req.Response != nil && n <= maxRedirects; n++ {
		req = req.Response.Request
	}
	return n
}

// heard makes a request, and ends it when nothing has come for a while.
func (g *guard) heard(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	timer := time.AfterFunc(g.silence, func() { cancel(errSilent) })
	resp, err := g.inner.RoundTrip(req.WithContext(ctx))
	timer.Stop()
	if err != nil {
		err = silent(ctx, err)
		cancel(nil)
		return nil, err
	}
	resp.Request = req // a redirect is told by what led to it
	resp.Body = &heardBody{resp.Body, ctx, cancel, timer, g.silence}
	return resp, nil
}

func silent(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errSilent) {
		return errSilent
	}
	return err
}

// heardBody ends when a read takes too long.
type heardBody struct {
	io.ReadCloser
	ctx     context.Context // of the request
	cancel  context.CancelCauseFunc
	timer   *time.Timer
	silence time.Duration
}

func (b *heardBody) Read(p []byte) (int, error) {
	b.timer.Reset(b.silence)
	n, err := b.ReadCloser.Read(p)
	b.timer.Stop()
	if err != nil && !errors.Is(err, io.EOF) {
		err = silent(b.ctx, err)
	}
	return n, err
}

func (b *heardBody) Close() error {
	b.timer.Stop()
	defer b.cancel(nil)
	return b.ReadCloser.Close()
}

// hasPassword tells whether a request carries more than a token that is good for one repository. Package remote gives that to the
// registry only; a password it sends to the server of tokens too, as a header or in a form.
func hasPassword(req *http.Request) bool {
	scheme, _, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "basic") || req.Method == http.MethodPost
}

func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}

// sameSite tells whether two hosts are one, or under one domain that somebody registered.
func sameSite(a, b string) bool {
	if strings.EqualFold(a, b) {
		return true
	}
	if net.ParseIP(a) != nil || net.ParseIP(b) != nil {
		return false
	}
	one, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(a))
	if err != nil {
		return false
	}
	other, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(b))
	return err == nil && one == other
}

func onThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

type limitedBody struct {
	io.ReadCloser
	left int64
}

func (b *limitedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, tooLarge("an index or manifest of so many bytes")
	}
	return n, err
}
