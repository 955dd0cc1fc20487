package stepnet

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"time"
)

const (
	// freeGuesses are connections to addresses of no build that cost nothing: a program may look for a proxy of its own at this port.
	freeGuesses = 8
	// firstPause follows the next one, and is doubled with each up to lastPause. That is as long as clients wait, and so long that a
	// step of some hours finds one address in ten thousand.
	firstPause = time.Second
	lastPause  = 20 * time.Second
	// maxPending is more than a listener's queue holds.
	maxPending = 1 << 14
)

// guard keeps a step from finding the address of another build by trying them all. After a connection to an address that no build has,
// nothing is accepted for a while; and of what has come meanwhile, nothing is served if one more of it is wrong. So each pause answers one
// guess. Nothing is closed for good: BuildKit uses the namespaces of steps without [Hostname] again, for other builds.
type guard struct {
	*net.TCPListener
	known func(netip.Addr) bool
	sleep func(time.Duration)

	guesses int
	ready   []net.Conn
}

// Accept gives connections to addresses of builds. One goroutine calls it.
func (g *guard) Accept() (net.Conn, error) {
	for {
		if len(g.ready) > 0 {
			conn := g.ready[0]
			g.ready = g.ready[1:]
			return conn, nil
		}
		conn, err := g.TCPListener.Accept()
		if err != nil {
			return nil, err
		}
		if g.knows(conn) {
			return conn, nil
		}
		_ = conn.Close()
		if err := g.punish(); err != nil {
			return nil, err
		}
	}
}

// punish pauses until what has come in a pause is right.
func (g *guard) punish() error {
	for right := false; !right; {
		g.guesses++
		if g.guesses <= freeGuesses {
			return nil
		}
		g.sleep(min(firstPause<<min(g.guesses-freeGuesses-1, 10), lastPause))
		var err error
		if right, err = g.takePending(); err != nil {
			return err
		}
	}
	return nil
}

// takePending accepts what waits. It tells whether all of it is right; otherwise all of it is closed.
func (g *guard) takePending() (right bool, err error) {
	if err := g.SetDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, g.SetDeadline(time.Time{})) }()
	right = true
	var all []net.Conn
	for range maxPending {
		conn, err := g.TCPListener.Accept()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		if err != nil {
			closeAll(all)
			return false, err
		}
		all = append(all, conn)
		right = right && g.knows(conn)
	}
	if !right {
		closeAll(all)
		return false, nil
	}
	g.ready = all
	return true, nil
}

func closeAll(conns []net.Conn) {
	for _, c := range conns {
		_ = c.Close()
	}
}

func (g *guard) knows(conn net.Conn) bool {
	at, err := netip.ParseAddrPort(conn.LocalAddr().String())
	return err == nil && g.known(at.Addr().Unmap())
}
