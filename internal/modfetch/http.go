// Package modfetch fetches modules, of which Go toolchains are some, and trusts nothing of what comes before it is verified.
//
// A [Fetcher] takes a file from those kept of earlier builds, or asks the proxies in turn, as cmd/go does (modfetch/proxy.go), and keeps
// what is right. A [Verifier] says what is: go.sum, or a checksum database. A [Client] speaks HTTP: with retries, limits, and credentials
// that stay with their host. [OpenModule] opens a zip, and holds it to limits before any of its content is inflated: nobody vouches for it
// before its hash has been compared, and go.sum may vouch for a hostile one.
//
// It reads no environment and no clock: the HTTP client with its root certificates and HTTP proxy, the credentials and the pause between
// attempts come from the caller. Errors name URLs without user name, password and query.
package modfetch

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/patience"
)

// defaultStall leaves a proxy the time to fetch a big module from its origin before it answers.
const defaultStall = time.Minute

// Client speaks HTTP. The zero value works.
type Client struct {
	// HTTP carries root certificates and HTTP proxy; nil means a client of the standard library's defaults. Redirects
	// from https to http are refused whatever the client says.
	HTTP *http.Client
	// Auth returns the credentials for a host (without port), such as a netrc has. It may be nil. They are sent as basic
	// authentication, over TLS or to a loopback address, and do not follow a redirect to another host.
	Auth func(host string) (user, password string, ok bool)
	// Insecure are the hosts, with or without a port, that may lead on to plain http, as they are asked by it.
	Insecure []string
	// Sleep pauses between attempts and returns early with the context's error; nil means a timer.
	Sleep patience.Sleep
	// Stall is how long a server may send nothing, before its answer or within it; 0 means a minute. A slow answer has all the
	// time that it needs.
	Stall time.Duration
}

// HTTPError is a failed request. It satisfies errors.Is(err, fs.ErrNotExist) for status 404 and 410, as cmd/go's does.
type HTTPError struct {
	// URL is without user name, password and query.
	URL string
	// Status is 0 where there was no complete answer; Err then says why.
	Status int
	// Detail is the first line of a plain-text answer.
	Detail string
	// Help says what to do where the server does not let us in.
	Help string
	// Err is the error of the connection, or nil after a complete answer.
	Err error
}

// Error says what was asked for and what came: "GET URL: status 404 Not Found: detail; help".
func (e *HTTPError) Error() string {
	msg := "GET " + e.URL
	if e.Status != 0 {
		msg += fmt.Sprintf(": status %d %s", e.Status, http.StatusText(e.Status))
	}
	if e.Detail != "" {
		msg += ": " + e.Detail
	}
	if e.Err != nil {
		msg += ": " + e.Err.Error()
	}
	if e.Help != "" {
		msg += "; " + e.Help
	}
	return msg
}

// Unwrap gives Err.
func (e *HTTPError) Unwrap() error { return e.Err }

// Is makes "not found" fall through to the next proxy.
func (e *HTTPError) Is(target error) bool {
	return target == fs.ErrNotExist && (e.Status == http.StatusNotFound || e.Status == http.StatusGone)
}

// permanent marks an error that another attempt cannot cure.
type permanent struct{ error }

func (e permanent) Unwrap() error { return e.error }

// Body receives an answer; Reset drops what an earlier attempt wrote.
type Body interface {
	io.Writer
	Reset() error
}

type buffer struct{ bytes.Buffer }

func (b *buffer) Reset() error {
	b.Buffer.Reset()
	return nil
}

// GetBytes returns what rawURL serves, at most limit bytes.
func (c *Client) GetBytes(ctx context.Context, rawURL string, limit int64) ([]byte, error) {
	var b buffer
	err := c.Get(ctx, rawURL, limit, &b)
	return b.Bytes(), err
}

// Get writes what rawURL serves, at most limit bytes, to w. Server errors and broken connections are tried again.
func (c *Client) Get(ctx context.Context, rawURL string, limit int64, w Body) error {
	return patience.Retry(ctx, c.Sleep, worthRetrying, func() error { return c.getOnce(ctx, rawURL, limit, w) })
}

func worthRetrying(err error) bool {
	if _, ok := errors.AsType[permanent](err); ok {
		return false
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok || errors.Is(err, fs.ErrPermission) {
		return false
	}
	e, ok := errors.AsType[*HTTPError](err)
	return ok && (e.Status == 0 || e.Status >= 500 || e.Status == http.StatusTooManyRequests)
}

func (c *Client) getOnce(ctx context.Context, rawURL string, limit int64, w Body) error {
	shown := goenv.Redact(rawURL)
	if err := w.Reset(); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, rawURL, nil)
	if err != nil {
		return &HTTPError{URL: shown, Err: permanent{patience.WithoutURL(err)}}
	}
	sent := c.authorize(req)
	resp, err := c.client().Do(req)
	if err != nil {
		err = patience.WithoutURL(err)
		failed := &HTTPError{URL: shown, Err: err}
		if _, nobody := errors.AsType[*net.OpError](err); nobody {
			failed.Help = goenv.OwnMachine(req.URL.Hostname())
		}
		return failed
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return &HTTPError{URL: shown, Status: resp.StatusCode, Detail: detail(resp), Help: loginHelp(resp, req.URL.Hostname(), sent)}
	}
	return copyBody(w, resp, shown, limit)
}

func copyBody(w io.Writer, resp *http.Response, shown string, limit int64) error {
	tooLarge := &HTTPError{URL: shown, Err: permanent{fmt.Errorf("the answer is larger than %d bytes", limit)}}
	if resp.ContentLength > limit {
		return tooLarge
	}
	track := &writeErr{w: w}
	n, err := io.Copy(track, io.LimitReader(resp.Body, limit+1))
	switch {
	case track.err != nil:
		return track.err // the disk's fault, not the network's
	case err != nil:
		return &HTTPError{URL: shown, Err: err}
	case n > limit:
		return tooLarge
	}
	return nil
}

// writeErr remembers that writing failed, so that it is not taken for a broken connection.
type writeErr struct {
	w   io.Writer
	err error
}

func (t *writeErr) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	if err != nil {
		t.err = err
	}
	return n, err
}

// client returns the caller's client with the rules for redirects added.
func (c *Client) client() *http.Client {
	var h http.Client
	if c.HTTP != nil {
		h = *c.HTTP
	}
	h.Transport = patience.Transport{RoundTripper: cmp.Or(h.Transport, http.DefaultTransport), Limit: cmp.Or(c.Stall, defaultStall)}
	callers := h.CheckRedirect
	h.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if len(via) >= patience.MaxRedirects {
			return permanent{fmt.Errorf("more than %d redirects", patience.MaxRedirects)}
		}
		last := via[len(via)-1].URL
		if req.URL.Scheme != "https" && !c.mayLeadTo(last, req.URL) {
			return permanent{errors.New("redirected to a URL that is not https")}
		}
		if req.URL.Host != via[0].URL.Host || req.URL.Scheme != via[0].URL.Scheme {
			req.Header.Del("Authorization")
		}
		req.Header.Del("Referer") // it would carry one host's URL to another
		if callers != nil {
			return callers(req, via)
		}
		return nil
	}
	return &h
}

// mayLeadTo tells whether a server may send us to a URL that is not https. One of another machine may not send us to this one.
func (c *Client) mayLeadTo(from, to *url.URL) bool {
	return from.Scheme == "http" && to.Scheme == "http" &&
		(goenv.IsLoopback(to.Hostname()) && goenv.IsLoopback(from.Hostname()) || goenv.Names(c.Insecure, to))
}

// detail returns the first line of a plain-text answer, in which module proxies say what is wrong.
func detail(resp *http.Response) string {
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain") {
		return ""
	}
	head, err := io.ReadAll(io.LimitReader(resp.Body, 300))
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(head)), "\n")
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, line)
}

// File is a [Body] that lets a second attempt begin with an empty file.
type File struct{ *os.File }

// Reset empties the file.
func (f File) Reset() error {
	_, err := f.Seek(0, io.SeekStart)
	return errors.Join(err, f.Truncate(0))
}
