package modvcs

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
)

// maxListed is what a server may send in a session, in bytes, until it is asked for a commit: branches and tags are kept in memory.
const maxListed = 64 << 20

var errListed = fmt.Errorf("the server sends more than %d MB before it is asked for a commit", maxListed>>20)

// listing counts what a server sends in a session, until its branches and tags are known.
type listing struct {
	received atomic.Int64
	over     atomic.Bool
}

func (l *listing) take(n int) error {
	if !l.over.Load() && l.received.Add(int64(n)) > maxListed {
		return errListed
	}
	return nil
}

// explain gives the reason for which a session was ended, if that was why it failed: by ssh, it looks like the end of a connection.
func (l *listing) explain(u *url.URL, err error) error {
	if err != nil && l.received.Load() > maxListed {
		return &accessError{url: u, err: errListed}
	}
	return err
}

// listingTransport counts what comes by HTTP.
type listingTransport struct {
	http.RoundTripper
	listing *listing
}

// RoundTrip implements [http.RoundTripper].
func (t listingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = listedBody{resp.Body, t.listing}
	}
	return resp, err
}

type listedBody struct {
	io.ReadCloser
	listing *listing
}

// Read implements [io.Reader].
func (b listedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if tooMuch := b.listing.take(n); tooMuch != nil {
		return 0, tooMuch
	}
	return n, err
}

// listedConn counts what comes by ssh.
type listedConn struct {
	net.Conn
	listing *listing
}

// Read implements [io.Reader].
func (c listedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if tooMuch := c.listing.take(n); tooMuch != nil {
		return 0, tooMuch
	}
	return n, err
}
