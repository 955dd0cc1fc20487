//go:build linux

package integration

import (
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

// hang lets the requests that match wait until the end of the test, and reports each.
func (f *faultyServer) hang(t *testing.T, match func(*http.Request) bool) (reached <-chan struct{}) {
	hung, over := make(chan struct{}, 100), make(chan struct{})
	t.Cleanup(func() { close(over) })
	f.breaks(func(w http.ResponseWriter, r *http.Request) bool {
		if !match(r) {
			return false
		}
		hung <- struct{}{}
		<-over
		return unavailable(w, r)
	})
	return hung
}
