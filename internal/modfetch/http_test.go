package modfetch

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modship-build/modship/internal/patience"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// TestStall has a server that goes silent before or within its answer, and one that only takes its time.
func TestStall(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(w http.ResponseWriter, r *http.Request)
		want   string // "" if the request ends with an error
	}{
		{"no answer", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, ""},
		{"half an answer", func(w http.ResponseWriter, r *http.Request) {
			send(w, "half")
			<-r.Context().Done()
		}, ""},
		{"slow", func(w http.ResponseWriter, _ *http.Request) {
			for range 12 { // longer than a stall in all
				time.Sleep(defaultStall - time.Second)
				send(w, "x")
			}
		}, "xxxxxxxxxxxx"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var requests atomic.Int32
				client := &Client{HTTP: servePipes(t, func(w http.ResponseWriter, r *http.Request) {
					requests.Add(1)
					c.answer(w, r)
				})}
				got, err := client.GetBytes(t.Context(), "http://proxy.example/file", 100)
				if c.want != "" {
					if err != nil || string(got) != c.want || requests.Load() != 1 {
						t.Errorf("%q, %v after %d requests", got, err, requests.Load())
					}
					return
				}
				if !errors.Is(err, patience.ErrSilent) || !strings.Contains(err.Error(), "/file: the server is silent: nothing came for 1m0s") {
					t.Errorf("the error is %v", err)
				}
				if requests.Load() != patience.Attempts {
					t.Errorf("%d requests, want %d", requests.Load(), patience.Attempts)
				}
			})
		})
	}
}

func send(w http.ResponseWriter, text string) {
	_, _ = w.Write([]byte(text))
	_ = http.NewResponseController(w).Flush()
}

// servePipes gives a client of a server whose connections stay within this process: time need not pass for them to be slow
// (testing/synctest).
func servePipes(t *testing.T, h http.HandlerFunc) *http.Client {
	t.Helper()
	listener := pipes{make(chan net.Conn), make(chan struct{})}
	server := &http.Server{Handler: h}
	go func() { _ = server.Serve(listener) }()
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		listener.conns <- theirs
		return ours, nil
	}}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return &http.Client{Transport: transport}
}

// pipes is a net.Listener of pipes.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error {
	close(p.closed)
	return nil
}

func (pipes) Addr() net.Addr { return &net.IPAddr{} }

// TestOwnMachine: who has a proxy on their own machine is told whose machine a step is on.
func TestOwnMachine(t *testing.T) {
	closed, err := testbed.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, closed)
	}
	c := &Client{HTTP: &http.Client{Transport: &http.Transport{DialContext: dial}}, Sleep: func(context.Context, time.Duration) error { return nil }}
	for host, said := range map[string]bool{"127.0.0.1": true, "localhost": true, "proxy.example": false} {
		_, err := c.GetBytes(t.Context(), "http://"+host+":3000/x/@v/list", 1)
		if err == nil || strings.Contains(err.Error(), "in a build "+host+" is the build's own machine") != said {
			t.Errorf("of %s it says %v", host, err)
		}
	}
}
