//go:build linux

package integration

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// TestInterruptPhases types Ctrl-C while the build waits for something that never comes, in each phase. [TestInterrupt] has the
// same for a compiler that runs.
func TestInterruptPhases(t *testing.T) {
	dep := newPrivateModule(t, "example.com/dep", "v1.0.0", depModule)
	proxy := newFaultyServer(t, goProxy(t, dep.handlers))
	registry := newFaultyRegistry(t)
	push := registry.push(example(t, "hello"), "interrupted:1")
	fetch := usesDep(t, dep, "interrupted", "http://"+proxy.addr)
	empty := build{dir: example(t, "hello"), daemon: freshDaemon(t), args: []string{"GOPROXY=http://" + proxy.addr}}
	based := build{dir: example(t, "hello")}
	configure(t, based.dir, "image: {base: "+registry.baseImage(t, "interrupted-base:1")+"}\n")
	for _, c := range []struct {
		name   string
		b      build
		server *faultyServer
		hangs  func(r *http.Request) bool
	}{
		{"resolve", fetch, proxy, func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/golang.org/toolchain/@v/list") }},
		{"toolchain", empty, proxy, func(r *http.Request) bool {
			return strings.HasPrefix(r.URL.Path, "/golang.org/toolchain/@v/") && strings.HasSuffix(r.URL.Path, ".zip")
		}},
		{"base image", based, registry.faultyServer, func(r *http.Request) bool { return strings.Contains(r.URL.Path, "/interrupted-base/manifests/") }},
		{"modules", fetch, proxy, func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/dep/@v/v1.0.0.zip") }},
		{"push a layer", push, registry.faultyServer, func(r *http.Request) bool { return strings.Contains(r.URL.Path, "/blobs/") }},
		{"push the manifest", push, registry.faultyServer, func(r *http.Request) bool {
			return r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/manifests/")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			silence := c.server.hang(t, c.hangs)
			r := client.launch(t, c.b)
			silence.begins(t, r)
			started := time.Now()
			if err := r.cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			got := r.wait(t)
			took := time.Since(started)
			t.Logf("the client ended %.1f s after Ctrl-C", took.Seconds())
			if took > soonLimit {
				t.Errorf("the client ended %s after Ctrl-C", took)
			}
			silence.ends(t)
			got.exits(t, client, 130)
			saysLast(t, got, "error: interrupted")
			got.leavesNoArchive(t)
			registry.lacks(t, "interrupted:1")
			c.server.works()
		})
	}
	client.build(t, fetch).runs(t, "here I am")
	client.build(t, based).runs(t, "hello from linux/amd64")
	client.build(t, push)
	registry.has(t, "interrupted:1")
}
