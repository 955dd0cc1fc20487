//go:build linux

package integration

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// TestTagMoves has a registry that moves a tag as soon as somebody has asked for it. The image is then wholly of what the tag was at
// first, labels and layers, or the build says that the tag changed.
func TestTagMoves(t *testing.T) {
	l := setUp(t)
	was, now := tagged(t, "was"), tagged(t, "now")
	for _, push := range []struct {
		tag   string
		index v1.ImageIndex
	}{{"moves:was", was}, {"moves:now", now}} {
		if _, err := l.pushIndex(push.tag, push.index); err != nil {
			t.Fatal(err)
		}
	}
	want := digestOfIndex(t, was)
	eachMode(t, func(t *testing.T, m mode) {
		registry := &movingTag{next: httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: l.registry})}
		server := httptest.NewServer(registry)
		defer server.Close()
		dir := example(t, "hello")
		configure(t, dir, "image: {base: \""+strings.TrimPrefix(server.URL, "http://")+"/moves:tag\"}\n")
		r := m.try(t, build{dir: dir, platforms: bothPlatforms})
		if asked := registry.askedFor(); asked == 0 {
			t.Fatalf("nobody asked for the tag:\n%s", r.log)
		}
		if r.code != 0 {
			r.says(t, "it changed while it was resolved")
			return
		}
		for platform, img := range r.images(t) {
			if got := labelsOf(t, img)["org.opencontainers.image.base.digest"]; got != want {
				t.Errorf("%s: the base's digest is %s, want %s", platform, got, want)
			}
			files := rootfsOf(t, img)
			if f := files.file(t, "opt/is"); string(f.data) != "was" {
				t.Errorf("%s: the layer of the base says %q", platform, f.data)
			}
		}
	})
}

// movingTag serves moves:tag as moves:was for the first request, and as moves:now for every one after it.
type movingTag struct {
	next  http.Handler
	mu    sync.Mutex
	asked int
}

func (m *movingTag) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if before, ok := strings.CutSuffix(r.URL.Path, "/manifests/tag"); ok {
		m.mu.Lock()
		m.asked++
		r.URL.Path = before + "/manifests/" + map[bool]string{true: "was", false: "now"}[m.asked == 1]
		m.mu.Unlock()
	}
	m.next.ServeHTTP(w, r)
}

func (m *movingTag) askedFor() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked
}

// tagged is an index for both platforms, whose images hold one file that says its text.
func tagged(t *testing.T, text string) v1.ImageIndex {
	t.Helper()
	return indexOf(t, func(string) (v1.Image, error) {
		return newImage(v1.Config{Env: []string{"PATH=/bin"}}, imageFile{name: "opt/is", mode: 0o644, data: []byte(text)})
	})
}
