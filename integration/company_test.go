//go:build linux

package integration

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// motto is a module that no public proxy has.
func motto(t *testing.T) privateModule {
	return newPrivateModule(t, "corp.example/private/motto", "v1.0.0", `
-- go.mod --
module corp.example/private/motto

go 1.26
-- motto.go --
// Package motto is nobody else's.
package motto

const Text = "mum's the word"
`)
}

// usesMotto is a program that prints it.
func usesMotto(t *testing.T, m privateModule) string {
	return inline(t, `
-- go.mod --
module example.com/hello

go 1.26

require corp.example/private/motto v1.0.0
-- go.sum --
`+m.sums+`-- main.go --
package main

import "corp.example/private/motto"

func main() { println(motto.Text) }
`)
}

// wayOut is an HTTP proxy that wants a login, unless it is "", and leads every name to one server: to secure in a tunnel, to plain else.
func wayOut(t *testing.T, login string, plain http.Handler, secure string) (address string, used *atomic.Int32) {
	t.Helper()
	used = &atomic.Int32{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if login != "" && r.Header.Get("Proxy-Authorization") != login {
			http.Error(w, "who goes there?", http.StatusProxyAuthRequired)
			return
		}
		used.Add(1)
		if r.Method != http.MethodConnect {
			plain.ServeHTTP(w, r)
			return
		}
		tunnelTo(secure).ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), used
}

// tunnelTo answers CONNECT with a tunnel to one server, whatever is asked for.
func tunnelTo(server string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		out, err := net.Dial("tcp", server)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer out.Close()
		w.WriteHeader(http.StatusOK)
		in, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer in.Close()
		go func() {
			defer out.Close() // or a server that waits would not learn that nobody does
			_, _ = io.Copy(out, in)
		}()
		_, _ = io.Copy(in, out)
	})
}

// eachPath serves the same below a path for each mode: what one has fetched by an address, the other would find in the cache.
func eachPath(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, _, _ := strings.Cut(r.URL.Path[1:], "/")
		http.StripPrefix("/"+name, h).ServeHTTP(w, r)
	})
}

// TestCanaryCompany builds with two module proxies, each with a password of its own, behind an HTTP proxy with a third one. `modship
// build` takes them from the addresses; through buildx they are a secret. None is left anywhere, and none is seen by another server.
func TestCanaryCompany(t *testing.T) {
	t.Parallel()
	private := motto(t)
	logins := map[string]string{"a.example.com": basicAuth("ci", canary+"a"), "b.example.com": basicAuth("bot", canary+"b")}
	serve := eachPath(goProxy(t, private.handlers))
	var first atomic.Int32
	server, bundle := serveTLS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch got := r.Header.Get("Authorization"); {
		case got != "" && got != logins[r.Host]:
			t.Errorf("%s gets the login %q", r.Host, got)
		case got == "":
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.Host == "a.example.com" { // it has nothing, and is asked first
			first.Add(1)
			http.NotFound(w, r)
			return
		}
		serve.ServeHTTP(w, r)
	}))
	out, used := wayOut(t, basicAuth("me", canary+"c"), nil, server.Listener.Addr().String())
	netrc := t.TempDir()
	edit(t, netrc, "netrc", "machine a.example.com login ci password "+canary+"a\nmachine b.example.com login bot password "+canary+"b\nmachine 127.0.0.1 login me password "+canary+"c\n")
	d := freshDaemon(t)
	eachMode(t, func(t *testing.T, m mode) {
		first.Store(0)
		used.Store(0)
		exported := t.TempDir()
		b := build{
			dir: usesMotto(t, private), daemon: d,
			args: []string{"GOPROXY=https://a.example.com/" + m.name + ",https://b.example.com/" + m.name, "HTTPS_PROXY=http://" + out, "BUILDKIT_CACHE_MOUNT_NS=company-" + m.name},
			flags: []string{
				"--secret", "id=ca,src=" + bundle, "--secret", "id=netrc,src=" + filepath.Join(netrc, "netrc"),
				"--cache-to", "type=local,mode=max,dest=" + exported, "--attest", "type=provenance,mode=max",
			},
		}
		if m.name == client.name {
			b.args[0] = "GOPROXY=https://ci:" + canary + "a@a.example.com/client,https://bot:" + canary + "b@b.example.com/client"
			b.args[1] = "HTTPS_PROXY=http://me:" + canary + "c@" + out
			b.flags = append(b.flags[:2], b.flags[4:]...)
		}
		r := m.build(t, b)
		r.runs(t, "mum's the word")
		if first.Load() == 0 || used.Load() == 0 {
			t.Errorf("the first proxy was asked %d times, the way out %d times: the test proves nothing", first.Load(), used.Load())
		}
		image := t.TempDir()
		if err := unpack(r.archive, image); err != nil {
			t.Fatal(err)
		}
		for _, place := range []string{image, exported} {
			lacksCanary(t, place, 3)
		}
		if hasCanary([]byte(r.log)) {
			t.Errorf("the log has a password in it:\n%s", r.log)
		}
		b.dir = usesMotto(t, private) // of a step that fails BuildKit keeps the stack, and what started the process
		edit(t, b.dir, "main.go", "package main\n\nfunc main() { undefined() }\n")
		m.fail(t, b)
	})
	if err := d.Stop(); err != nil { // its databases are whole now
		t.Fatal(err)
	}
	lacksCanary(t, d.root, 1000)
	if hasCanary(readFile(t, d.Log())) {
		t.Errorf("the daemon's log has a password in it")
	}
	if _, found := search(t, d.root, func(data []byte) bool { return bytes.Contains(data, []byte("a.example.com")) }); len(found) == 0 {
		t.Error("what the daemon keeps lacks the address: the search proves nothing")
	}
}

// TestCanaryArguments: through buildx a password in an argument is refused, and not said again; what BuildKit has recorded by then is told.
// `modship build` refuses what is no login, before BuildKit knows of it.
func TestCanaryArguments(t *testing.T) {
	for _, arg := range []string{"https_proxy=http://builder:" + canary + "@127.0.0.1:1", "GOPROXY=https://builder:" + canary + "@a.example.com", "GOPRIVATE=u:" + canary + "@corp.example"} {
		name, _, _ := strings.Cut(arg, "=")
		r := syntax.fail(t, build{dir: example(t, "hello"), args: []string{arg}})
		r.says(t, name+": the address has a user name or a password in it", "--secret id=netrc,src=FILE", "docker buildx history rm")
		if hasCanary([]byte(r.log)) {
			t.Errorf("the log has the password in it:\n%s", r.log)
		}
	}
	for _, arg := range []string{"https_proxy=http://" + canary + "@127.0.0.1:1", "GOPROXY=https://" + canary + "@a.example.com", "GOPROXY=http://u:" + canary + "@a.example.com"} {
		name, _, _ := strings.Cut(arg, "=")
		r := client.fail(t, build{dir: example(t, "hello"), args: []string{arg}})
		r.says(t, "--build-arg: "+name+": ")
		r.exits(t, client, 2)
		if hasCanary([]byte(r.log)) || strings.Contains(r.log, "#1 ") {
			t.Errorf("the log has the password in it, or BuildKit was asked:\n%s", r.log)
		}
	}
}

// TestLetIn: servers that let nobody in say what to do, in either mode; an http-only one is asked where the configuration names it.
func TestLetIn(t *testing.T) {
	t.Parallel()
	status := http.StatusOK
	modules := goProxy(t, nil)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status != http.StatusOK {
			w.WriteHeader(status)
			return
		}
		modules.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	locked, _ := wayOut(t, basicAuth("me", "pw"), nil, "127.0.0.1:1")
	unlocked, asked := wayOut(t, "", eachPath(modules), "127.0.0.1:1")
	eachMode(t, func(t *testing.T, m mode) {
		for _, c := range []struct {
			status int
			args   []string
			config string
			code   int
			says   []string
		}{
			{http.StatusUnauthorized, []string{"GOPROXY=" + proxy.URL}, "", 1, []string{"status 401 Unauthorized; the server asks for a user name and a password", "`machine 127.0.0.1 login NAME password PASSWORD`"}},
			{http.StatusForbidden, []string{"GOPROXY=" + proxy.URL}, "", 1, []string{"status 403 Forbidden; the server refuses this"}},
			{http.StatusOK, []string{"GOPROXY=https://a.example.com", "HTTPS_PROXY=http://" + locked}, "", 1, []string{"the HTTP proxy " + locked + " asks for a user name and a password (407 Proxy Authentication Required)", "`machine 127.0.0.1 login"}},
			{http.StatusOK, []string{"GOPROXY=http://mirror.example", "HTTP_PROXY=http://" + unlocked}, "", 2, []string{"GOPROXY: http://mirror.example is plain http; use https; http is for loopback addresses and for hosts that modules.insecure names"}},
			{http.StatusOK, []string{"HTTP_PROXY=http://" + unlocked}, "modules: {proxy: \"http://mirror.example\", insecure: [\"mirror.example:8080\"]}\n", 2, []string{"the proxy http://mirror.example is not encrypted"}},
		} {
			dir := quick(t)
			status = c.status
			if c.config != "" {
				configure(t, dir, c.config)
			}
			r := m.fail(t, build{dir: dir, args: append(c.args, "BUILDKIT_CACHE_MOUNT_NS=let-in")})
			r.says(t, c.says...)
			r.exits(t, m, c.code)
		}
		status = http.StatusOK
		asked.Store(0)
		dir := quick(t)
		configure(t, dir, "modules: {insecure: [mirror.example]}\n")
		m.build(t, build{dir: dir, args: []string{"GOPROXY=http://mirror.example/" + m.name, "HTTP_PROXY=http://" + unlocked, "BUILDKIT_CACHE_MOUNT_NS=let-in-" + m.name}})
		if asked.Load() == 0 {
			t.Error("the http-only proxy was not asked: the test proves nothing")
		}
	})
}
