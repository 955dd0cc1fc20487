package stepnet

import (
	"errors"
	"net"
	"net/netip"
	"runtime"
	"strconv"
	"testing"
	"time"
)

var right = netip.MustParseAddr("127.200.1.2")

// guarded listens at every loopback address, of which right is that of a build. at dials one of them.
func guarded(t *testing.T) (g *guard, at func(addr string) net.Conn) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the loopback network has other addresses than 127.0.0.1 on Linux only")
	}
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4zero})
	if err != nil {
		t.Fatal(err)
	}
	g = &guard{TCPListener: l, known: func(addr netip.Addr) bool { return addr == right }}
	t.Cleanup(func() { g.Close() })
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	return g, func(addr string) net.Conn {
		conn, err := net.Dial("tcp4", net.JoinHostPort(addr, port))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		return conn
	}
}

// TestGuard: guesses cost time, more and more of it, and the right address is not found among wrong ones.
func TestGuard(t *testing.T) {
	g, at := guarded(t)
	var pauses []time.Duration
	var among, alone net.Conn
	g.sleep = func(d time.Duration) {
		switch pauses = append(pauses, d); {
		case len(pauses) < 8:
			at("127.129.0.1")
		case len(pauses) == 8: // somebody tries several in one pause
			at("127.129.0.2")
			among = at(right.String())
		case len(pauses) == 9:
			alone = at(right.String())
		}
	}
	for range freeGuesses + 1 {
		at("127.129.0.3")
	}
	conn, err := g.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if conn.RemoteAddr().String() != alone.LocalAddr().String() {
		t.Error("the connection that was served is not the one that came without wrong ones")
	}
	if n, err := among.Read(make([]byte, 1)); err == nil || errors.Is(err, net.ErrClosed) {
		t.Errorf("a connection among wrong ones is served: %d, %v", n, err)
	}
	if len(pauses) != 9 || pauses[0] != firstPause || pauses[1] != 2*firstPause || pauses[8] != lastPause {
		t.Errorf("pauses: %v", pauses)
	}
}

// TestGuardIsFree: who has the address waits for nothing, also after a program has looked for a proxy of its own.
func TestGuardIsFree(t *testing.T) {
	g, at := guarded(t)
	g.sleep = func(time.Duration) { t.Error("it pauses") }
	for range freeGuesses {
		at("127.0.0.1")
	}
	for range 3 {
		at(right.String())
		if _, err := g.Accept(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestGuardEnds: a listener that is closed in a pause ends.
func TestGuardEnds(t *testing.T) {
	g, at := guarded(t)
	g.sleep = func(time.Duration) { g.Close() }
	for range freeGuesses + 1 {
		at("127.0.0.1")
	}
	if conn, err := g.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v, %v", conn, err)
	}
}

// TestGatewayIsGuarded: a gateway has its listener guarded.
func TestGatewayIsGuarded(t *testing.T) {
	g, at := guarded(t)
	go new(Gateway).Serve(g.TCPListener)
	begun := time.Now()
	for range freeGuesses + 1 {
		_, _ = at("127.200.0.1").Read(make([]byte, 1))
	}
	if _, err := at("127.200.0.1").Read(make([]byte, 1)); err == nil || time.Since(begun) < firstPause {
		t.Errorf("answered after %v: %v", time.Since(begun), err)
	}
}
