//go:build linux

package integration

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// faultyServer answers as a handler does, unless it is broken.
type faultyServer struct {
	addr  string
	fault atomic.Pointer[fault]
}

// fault answers a request in the place of the server, or leaves it to that.
type fault func(w http.ResponseWriter, r *http.Request) (answered bool)

func newFaultyServer(t *testing.T, works http.Handler) *faultyServer {
	t.Helper()
	f := &faultyServer{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken := f.fault.Load(); broken == nil || !(*broken)(w, r) {
			works.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	f.addr = server.Listener.Addr().String()
	return f
}

func (f *faultyServer) breaks(how fault) { f.fault.Store(&how) }

func (f *faultyServer) works() { f.fault.Store(nil) }

func unavailable(w http.ResponseWriter, _ *http.Request) bool {
	http.Error(w, "the server is being moved", http.StatusServiceUnavailable)
	return true
}

// reset ends the connection as a load balancer does whose server has gone.
func reset(w http.ResponseWriter, _ *http.Request) bool {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return unavailable(w, nil)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // closing sends RST and not FIN
	}
	conn.Close()
	return true
}

// atFirst spoils the first n requests.
func atFirst(n int32, f fault) fault {
	var seen atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) bool { return seen.Add(1) <= n && f(w, r) }
}

// inTurn is one fault for the first n requests, and another from then on.
func inTurn(n int32, first, then fault) fault {
	early := atFirst(n, first)
	return func(w http.ResponseWriter, r *http.Request) bool { return early(w, r) || then(w, r) }
}

// silence are the requests that a server does not answer.
type silence struct{ reached, dropped atomic.Int32 }

// hang lets the requests that match wait until the client gives them up, or until the end of the test.
func (f *faultyServer) hang(t *testing.T, match func(*http.Request) bool) *silence {
	s, over := &silence{}, make(chan struct{})
	t.Cleanup(func() { close(over) })
	f.breaks(func(w http.ResponseWriter, r *http.Request) bool {
		if !match(r) {
			return false
		}
		// The server does not see that the client has gone as long as there is something to read.
		_, _ = io.Copy(io.Discard, r.Body)
		s.reached.Add(1)
		select {
		case <-r.Context().Done():
			s.dropped.Add(1)
		case <-over:
		}
		return unavailable(w, r)
	})
	return s
}

// begins waits until there is such a request.
func (s *silence) begins(t *testing.T, r *running) {
	t.Helper()
	r.until(t, "it waits", func() bool { return s.reached.Load() > 0 })
}

// ends fails the test unless all of them are given up soon.
func (s *silence) ends(t *testing.T) {
	t.Helper()
	soon(t, "the requests without an answer are given up", func() bool { return s.dropped.Load() == s.reached.Load() })
}
