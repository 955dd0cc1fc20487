package toolchain

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/modship-build/modship/internal/goenv"
)

const (
	attempts     = 4
	firstPause   = 500 * time.Millisecond // doubled before each further attempt
	maxRedirects = 10
)

// HTTPError is a failed request. It satisfies errors.Is(err, fs.ErrNotExist) for status 404 and 410, as cmd/go's does.
type HTTPError struct {
	// URL is without user name, password and query.
	URL string
	// Status is 0 where there was no complete answer; Err then says why.
	Status int
	// Detail is the first line of a plain-text answer.
	Detail string
	Err    error
}

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
	return msg
}

func (e *HTTPError) Unwrap() error { return e.Err }

// Is makes "not found" fall through to the next proxy.
func (e *HTTPError) Is(target error) bool {
	return target == fs.ErrNotExist && (e.Status == http.StatusNotFound || e.Status == http.StatusGone)
}

// permanent marks an error that another attempt cannot cure.
type permanent struct{ error }

func (e permanent) Unwrap() error { return e.error }

// resettable receives a body; Reset drops what an earlier attempt wrote.
type resettable interface {
	io.Writer
	Reset() error
}

type buffer struct{ bytes.Buffer }

func (b *buffer) Reset() error {
	b.Buffer.Reset()
	return nil
}

// getBytes returns what rawURL serves, at most limit bytes.
func (f *Fetcher) getBytes(ctx context.Context, rawURL string, limit int64) ([]byte, error) {
	var b buffer
	err := f.get(ctx, rawURL, limit, &b)
	return b.Bytes(), err
}

// get writes what rawURL serves, at most limit bytes, to w. Server errors and broken connections are tried again.
func (f *Fetcher) get(ctx context.Context, rawURL string, limit int64, w resettable) error {
	pause := firstPause
	for attempt := 1; ; attempt++ {
		err := f.getOnce(ctx, rawURL, limit, w)
		if err == nil || attempt == attempts || !worthRetrying(ctx, err) {
			return err
		}
		if f.sleep(ctx, pause) != nil {
			return err
		}
		pause *= 2
	}
}

func worthRetrying(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	if _, ok := errors.AsType[permanent](err); ok {
		return false
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return false
	}
	e, ok := errors.AsType[*HTTPError](err)
	return ok && (e.Status == 0 || e.Status >= 500 || e.Status == http.StatusTooManyRequests)
}

func (f *Fetcher) sleep(ctx context.Context, d time.Duration) error {
	if f.Sleep != nil {
		return f.Sleep(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func (f *Fetcher) getOnce(ctx context.Context, rawURL string, limit int64, w resettable) error {
	shown := goenv.Redact(rawURL)
	if err := w.Reset(); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, rawURL, nil)
	if err != nil {
		return &HTTPError{URL: shown, Err: permanent{withoutURL(err)}}
	}
	if f.Auth != nil {
		if user, password, ok := f.Auth(req.URL.Hostname()); ok {
			req.SetBasicAuth(user, password)
		}
	}
	resp, err := f.client().Do(req)
	if err != nil {
		return &HTTPError{URL: shown, Err: withoutURL(err)}
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return &HTTPError{URL: shown, Status: resp.StatusCode, Detail: detail(resp)}
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
func (f *Fetcher) client() *http.Client {
	var c http.Client
	if f.Client != nil {
		c = *f.Client
	}
	callers := c.CheckRedirect
	c.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if len(via) >= maxRedirects {
			return permanent{fmt.Errorf("more than %d redirects", maxRedirects)}
		}
		last := via[len(via)-1].URL
		if req.URL.Scheme != "https" && (last.Scheme == "https" || !goenv.IsLoopback(req.URL.Hostname())) {
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
	return &c
}

// withoutURL takes the URL out of the HTTP client's error: after a redirect it may hold a signed query.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
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

func trimSlash(u string) string { return strings.TrimSuffix(u, "/") }
