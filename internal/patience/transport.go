package patience

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Transport ends requests to servers that are silent, before an answer or within it, or that send too much.
type Transport struct {
	http.RoundTripper
	// Limit is how long a server may send nothing.
	Limit time.Duration
	// MaxBytes is what it may send in one answer; 0 is any number.
	MaxBytes int64
}

// RoundTrip implements [http.RoundTripper]. The error of a request that was given up, and of reading its answer, is an [ErrSilent].
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	timer := time.AfterFunc(t.Limit, func() { cancel(fmt.Errorf("%w: nothing came for %v", ErrSilent, t.Limit)) })
	resp, err := t.RoundTripper.RoundTrip(r.WithContext(ctx))
	if err != nil {
		timer.Stop()
		err = silence(ctx, err)
		cancel(nil)
		return nil, err
	}
	timer.Reset(t.Limit)
	resp.Body = &answer{resp.Body, ctx, timer, t.Limit, cancel, bound{t.MaxBytes, t.MaxBytes > 0}}
	return resp, nil
}

// silence gives the reason for which a request was ended, if that was why it failed.
func silence(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, ErrSilent) {
		return cause
	}
	return err
}

type answer struct {
	io.ReadCloser
	ctx    context.Context
	timer  *time.Timer
	limit  time.Duration
	cancel context.CancelCauseFunc
	bound  bound
}

// Read gives the server as much time again for what comes next.
func (a *answer) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	if tooMuch := a.bound.take(n); tooMuch != nil {
		return 0, tooMuch
	}
	if n > 0 {
		a.timer.Reset(a.limit)
	}
	if err != nil {
		a.timer.Stop()
		err = silence(a.ctx, err) // also at an end: it may be that of the connection
	}
	return n, err
}

// Close ends the request.
func (a *answer) Close() error {
	a.timer.Stop()
	err := a.ReadCloser.Close()
	a.cancel(nil)
	return err
}

// Conn gives a connection that fails where nothing comes for as long as limit, with a timeout, and where more than maxBytes come.
func Conn(c net.Conn, limit time.Duration, maxBytes int64) net.Conn {
	return &conn{c, limit, bound{maxBytes, true}}
}

type conn struct {
	net.Conn
	limit time.Duration
	bound bound
}

// Read gives the server some time from now on.
func (c *conn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.limit)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(p)
	if tooMuch := c.bound.take(n); tooMuch != nil {
		return 0, tooMuch
	}
	return n, err
}

// errTooMuch is why an answer was not read to its end.
var errTooMuch = errors.New("the server sends more than is allowed")

// bound is what a server may still send.
type bound struct {
	left    int64
	bounded bool
}

func (b *bound) take(n int) error {
	if b.left -= int64(n); b.bounded && b.left < 0 {
		return errTooMuch
	}
	return nil
}
