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
	for _, c := range []struct {
		name   string
		b      build
		server *faultyServer
		hangs  func(r *http.Request) bool
	}{
		{"resolve", fetch, proxy, func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/golang.org/toolchain/@v/list") }},
		{"modules", fetch, proxy, func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/dep/@v/v1.0.0.zip") }},
		{"push a layer", push, registry.faultyServer, func(r *http.Request) bool { return strings.Contains(r.URL.Path, "/blobs/") }},
		{"push the manifest", push, registry.faultyServer, func(r *http.Request) bool {
			return r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/manifests/")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			silence := c.server.hang(t, c.hangs)
			r := client.launch(t, c.b)
			r.until(t, "it waits", func() bool { return len(silence) > 0 })
			started := time.Now()
			if err := r.cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			got := r.wait(t)
			t.Logf("the client ended %.1f s after Ctrl-C", time.Since(started).Seconds())
			got.exits(t, client, 130)
			saysLast(t, got, "error: interrupted")
			got.leavesNoArchive(t)
			registry.lacks(t, "interrupted:1")
			c.server.works()
		})
	}
	client.build(t, fetch).runs(t, "here I am")
	client.build(t, push)
	registry.has(t, "interrupted:1")
}
