//go:build linux

package integration

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const depModule = `
-- go.mod --
module example.com/dep

go 1.26
-- dep.go --
// Package dep is what a program needs.
package dep

const Text = "here I am"
`

// TestModuleProxyOutage fetches a module from a proxy that fails in one way after the other. The last has one that is only slow,
// after it was away for a moment: nobody needs to know of that.
func TestModuleProxyOutage(t *testing.T) {
	dep := newPrivateModule(t, "example.com/dep", "v1.0.0", depModule)
	proxy := newFaultyServer(t, goProxy(t, dep.handlers))
	b := usesDep(t, dep, "outage", "http://"+proxy.addr)
	type outage struct {
		name  string
		fault fault
		says  string
	}
	const moved = "status 503 Service Unavailable: the server is being moved"
	for _, c := range []struct {
		mode    mode
		outages []outage
	}{
		{client, []outage{
			{"503", unavailable, moved},
			{"resets", reset, "connection reset by peer"},
			{"broken off", part(dep, true), "unexpected EOF"},
			{"truncated", part(dep, false), "zip: not a valid zip file"},
		}},
		{syntax, []outage{
			{"truncated", part(dep, false), "zip: not a valid zip file"},
		}},
	} {
		t.Run(c.mode.name, func(t *testing.T) {
			for _, o := range c.outages {
				proxy.breaks(zipsOf(o.fault))
				r := c.mode.fail(t, b)
				r.exits(t, c.mode, 1)
				r.leavesNoArchive(t)
				r.says(t, "go.mod:5:1: fetching example.com/dep@v1.0.0: ", o.says)
				if c.mode.name == client.name {
					saysLast(t, r, "example.com/dep@v1.0.0", "http://"+proxy.addr, o.says)
				}
			}
		})
	}
	proxy.breaks(zipsOf(inTurn(2, unavailable, inSlices(dep, 2*time.Second))))
	client.build(t, b).runs(t, "here I am")
	syntax.build(t, b).runs(t, "here I am")
}

// TestModuleProxyDown has nobody listen at the proxy's address.
func TestModuleProxyDown(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		addr, listen := reserveAddress(t)
		b := build{dir: says(t, "down", "up again"), args: []string{"GOPROXY=http://" + addr}}
		r := m.fail(t, b)
		r.exits(t, m, 1)
		r.says(t, "[resolve] list the versions of Go: listing versions of golang.org/toolchain: GET http://"+addr, "connection refused")

		server := httptest.NewUnstartedServer(goProxy(t, nil))
		server.Listener.Close()
		server.Listener = listen()
		server.Start()
		defer server.Close()
		m.build(t, b).runs(t, "up again")
	})
}

// reserveAddress gives a loopback address that nobody listens at, and that nobody else can take, until listen is called.
func reserveAddress(t *testing.T) (addr string, listen func() net.Listener) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	socket := os.NewFile(uintptr(fd), "reserved")
	t.Cleanup(func() { socket.Close() })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	bound, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr = fmt.Sprintf("127.0.0.1:%d", bound.(*syscall.SockaddrInet4).Port)
	return addr, func() net.Listener {
		if err := syscall.Listen(fd, syscall.SOMAXCONN); err != nil {
			t.Fatal(err)
		}
		listener, err := net.FileListener(socket)
		if err != nil {
			t.Fatal(err)
		}
		return listener
	}
}

// usesDep is a build of a program that prints the text of the module, with nothing of it kept from another test.
func usesDep(t *testing.T, dep privateModule, name, proxy string) build {
	t.Helper()
	return build{
		dir: inline(t, `
-- go.mod --
module example.com/`+name+`

go 1.26

require example.com/dep v1.0.0
-- go.sum --
`+dep.sums+`-- main.go --
package main

import "example.com/dep"

func main() { println(dep.Text) }
`),
		args: []string{"GOPROXY=" + proxy, "BUILDKIT_CACHE_MOUNT_NS=" + name},
	}
}

// zipsOf spoils the zip of the module, and nothing else.
func zipsOf(f fault) fault { return zipsBelow("/example.com/dep/", f) }

// zipsBelow spoils the zips of modules.
func zipsBelow(prefix string, f fault) fault {
	return func(w http.ResponseWriter, r *http.Request) bool {
		return strings.HasPrefix(r.URL.Path, prefix) && strings.HasSuffix(r.URL.Path, ".zip") && f(w, r)
	}
}

// part serves the first half of a file: as all of it, or with the length of the whole.
func part(dep privateModule, brokenOff bool) fault {
	return func(w http.ResponseWriter, r *http.Request) bool {
		data := serve(dep, r)
		if brokenOff {
			w.Header().Set("Content-Length", strconv.Itoa(len(data)))
		}
		_, _ = w.Write(data[:len(data)/2])
		return true
	}
}

// inSlices serves a file in ten slices.
func inSlices(dep privateModule, total time.Duration) fault {
	return func(w http.ResponseWriter, r *http.Request) bool {
		data := bytes.NewReader(serve(dep, r))
		for slice := data.Size()/10 + 1; data.Len() > 0; time.Sleep(total / 10) {
			_, _ = io.CopyN(w, data, slice)
			_ = http.NewResponseController(w).Flush()
		}
		return true
	}
}

// serve gives what the module's own handler answers.
func serve(dep privateModule, r *http.Request) []byte {
	w := httptest.NewRecorder()
	dep.handlers[r.URL.Path](w, r)
	return w.Body.Bytes()
}
