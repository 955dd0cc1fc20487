package modvcs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// defaultStall leaves a server the time to look for what it sends. Servers of git say every few seconds that they are still there.
const defaultStall = 2 * time.Minute

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
	resp.Body = &watched{resp.Body, ctx, timer, s.limit, cancel}
	return resp, nil
}

type watched struct {
	io.ReadCloser
	ctx    context.Context
	timer  *time.Timer
	limit  time.Duration
	cancel context.CancelCauseFunc
}

// Read gives the server as much time again for what comes next.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
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

// idleConn fails where nothing comes for a while.
type idleConn struct {
	net.Conn
	limit time.Duration
}

// Read gives the server some time from now on.
func (c idleConn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.limit)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}
