package modvcs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	modzip "golang.org/x/mod/zip"
)

// defaultStall leaves a server the time to look for what it sends. Servers of git say every few seconds that they are still there.
const defaultStall = 2 * time.Minute

// maxSent is what a server may send in one answer, in bytes: a zip of a module has at most [modzip.MaxZipFile], and the history of a
// repository is some times its files.
const maxSent = 8 * modzip.MaxZipFile

// errTooMuch is why an answer was not read to its end.
var errTooMuch = fmt.Errorf("the server sends more than the %d bytes allowed", int64(maxSent))

// errStalled is why a request was given up to which nothing came.
var errStalled = errors.New("the server is silent")

func (a *Access) stall() time.Duration {
	if a.Stall > 0 {
		return a.Stall
	}
	return defaultStall
}

// stalling ends requests to servers that are silent for a while, before an answer or within it.
type stalling struct {
	http.RoundTripper
	limit time.Duration
}

// RoundTrip implements [http.RoundTripper].
func (s stalling) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	timer := time.AfterFunc(s.limit, func() { cancel(fmt.Errorf("%w: nothing came for %v", errStalled, s.limit)) })
	resp, err := s.RoundTripper.RoundTrip(r.WithContext(ctx))
	if err != nil {
		timer.Stop()
		if cause := context.Cause(ctx); errors.Is(cause, errStalled) {
			err = cause
		}
		cancel(nil)
		return nil, err
	}
	resp.Body = &watched{resp.Body, ctx, timer, s.limit, cancel, maxSent}
	return resp, nil
}

type watched struct {
	io.ReadCloser
	ctx    context.Context
	timer  *time.Timer
	limit  time.Duration
	cancel context.CancelCauseFunc
	left   int64 // bytes that the server may still send
}

// Read gives the server as much time again for what comes next.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if w.left -= int64(n); w.left < 0 {
		return 0, errTooMuch
	}
	if n > 0 {
		w.timer.Reset(w.limit)
	}
	if err != nil {
		w.timer.Stop()
		if cause := context.Cause(w.ctx); errors.Is(cause, errStalled) { // also at an end: it may be that of the connection
			err = cause
		}
	}
	return n, err
}

// Close ends the request.
func (w *watched) Close() error {
	w.timer.Stop()
	err := w.ReadCloser.Close()
	w.cancel(nil)
	return err
}

// idleConn fails where nothing comes for a while, and where too much does.
type idleConn struct {
	net.Conn
	limit time.Duration
	left  *int64 // bytes that the server may still send
}

// Read gives the server some time from now on.
func (c idleConn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.limit)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(p)
	if *c.left -= int64(n); *c.left < 0 {
		return 0, errTooMuch
	}
	return n, err
}
