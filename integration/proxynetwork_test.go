//go:build linux

package integration

import "testing"

// TestProxyNetwork builds on a daemon whose steps reach the network through BuildKit's own proxy only, which reads what they fetch:
// all of it is then in the provenance, and the image is the same. BuildKit v0.33.1 does not remember it for a build that finds the
// steps in its cache, so this is one build on an empty daemon and not one of each mode.
func TestProxyNetwork(t *testing.T) {
	l := setUp(t)
	dir := quick(t)
	want := digestOf(t, syntax.build(t, build{dir: dir}))
	r := syntax.build(t, build{dir: dir, daemon: emptyDaemon(t, l.cache, "proxyNetwork = true"), flags: []string{"--provenance", "mode=max"}})
	if got := digests(t, r)["linux/amd64"]; got != want {
		t.Errorf("through the proxy network the image is %s, want %s", got, want)
	}
	p := provenanceOf(t, statements(t, r)["linux/amd64"])
	for _, uri := range []string{
		"/golang.org/x/mod/@v/v0.42.0.zip", "/golang.org/x/mod/@v/v0.42.0.mod", "/golang.org/toolchain/@v/v0.0.1-go1.",
	} {
		p.fetched(t, uri)
	}
}
