package modfetch

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/testing/modproxytest"
)

func TestNewestOf(t *testing.T) {
	for list, want := range map[string]string{
		"v1.0.0\nv1.10.0\nv1.9.0\n":                  "v1.10.0",
		"v1.0.0\nv1.1.0-rc.1\n":                      "v1.0.0",
		"v0.1.0-a\nv0.1.0-b\n":                       "v0.1.0-b",
		"v1.5.0\nv2.0.0+incompatible\n":              "v1.5.0",
		"v2.0.0+incompatible\nv3.0.0+incompatible\n": "v3.0.0+incompatible",
		"v1.0.0 2026-01-02T03:04:05Z\n<html>\n":      "v1.0.0",
		"":                                           "",
	} {
		if got := newestOf([]byte(list)); got != want {
			t.Errorf("of %q the newest is %q, want %q", list, got, want)
		}
	}
}

// TestNewestGoMods: the newest version's go.mod file is asked for, whether there is a list or not; a module that fails is no other's fault.
func TestNewestGoMods(t *testing.T) {
	proxy := modproxytest.NewServer(t)
	proxy.Handle("/example.com/!upper/@v/list", modproxytest.Serve([]byte("v1.0.0\nv1.1.0\n")))
	proxy.Handle("/example.com/!upper/@v/v1.1.0.mod", modproxytest.Serve([]byte("module example.com/Upper\n")))
	proxy.Handle("/example.com/bare/@v/list", modproxytest.Serve(nil))
	proxy.Handle("/example.com/bare/@latest", modproxytest.Serve([]byte(`{"Version": "v0.0.0-20260102030405-0123456789ab"}`)))
	proxy.Handle("/example.com/bare/@v/v0.0.0-20260102030405-0123456789ab.mod", modproxytest.Serve([]byte("module example.com/bare\n")))
	proxy.Handle("/example.com/strange/@v/list", func(w http.ResponseWriter, _ *http.Request) { http.NotFound(w, nil) })
	proxy.Handle("/example.com/strange/@latest", modproxytest.Serve([]byte("<html>")))
	f := &Fetcher{Settings: goenv.Settings{Proxy: proxy.URL, Private: []string{"corp.example"}}}
	var list []module.Version
	for _, path := range []string{"example.com/Upper", "example.com/bare", "example.com/strange", "example.com/none", "corp.example/a"} {
		list = append(list, module.Version{Path: path, Version: "v1.0.0"})
	}
	texts, err := f.NewestGoMods(t.Context(), list)
	for i, want := range []string{"module example.com/Upper\n", "module example.com/bare\n", "", "", ""} {
		if string(texts[i]) != want {
			t.Errorf("%s says %q, want %q", list[i].Path, texts[i], want)
		}
	}
	for _, want := range []string{"example.com/strange@v1.0.0: decoding", "example.com/none@v1.0.0: ", "corp.example/a@v1.0.0: GONOPROXY or GOPRIVATE"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %q", err, want)
		}
	}
}
