package toolchain

import (
	"bytes"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/modfetch"
)

func TestRetries(t *testing.T) {
	w := newWorld(t, goFiles)
	w.proxy.Client().Transport.(*http.Transport).DisableKeepAlives = true // the transport itself retries on kept connections
	cut := func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Length", "1000000")
		_, _ = rw.Write(w.zip[:len(w.zip)/2])
	}
	reset := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		pauses []time.Duration
	}{
		{"server error", inTurn(fail(500), serve(w.zip)), []time.Duration{500 * time.Millisecond}},
		{"three failures", inTurn(fail(503), fail(429), fail(502), serve(w.zip)),
			[]time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second}},
		{"connection reset", inTurn(reset, serve(w.zip)), []time.Duration{500 * time.Millisecond}},
		{"connection cut in the body", inTurn(cut, serve(w.zip)), []time.Duration{500 * time.Millisecond}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.t, w.pauses = t, nil
			w.handle(zipPath, tt.answer)
			w.wantGood(w.fetcher())
			if !slices.Equal(w.pauses, tt.pauses) {
				t.Errorf("pauses %v, want %v", w.pauses, tt.pauses)
			}
		})
	}
}

func TestRetriesEnd(t *testing.T) {
	for status, want := range map[int]int{500: modfetch.Attempts, 403: 1, 401: 1} {
		w := newWorld(t, goFiles)
		w.handle(zipPath, fail(status))
		w.wantFailure(w.fetcher(), toolchainModule.String(), w.proxy.URL+zipPath, http.StatusText(status), "out of order")
		if n := w.hitsOf(zipPath); n != want {
			t.Errorf("status %d: %d attempts, want %d", status, n, want)
		}
	}
}

func TestFallThrough(t *testing.T) {
	for _, tt := range []struct {
		name   string
		sep    string
		first  http.HandlerFunc
		second http.HandlerFunc
		want   string // in the error; empty for success
	}{
		{"comma, not found", ",", fail(404), nil, ""},
		{"comma, gone", ",", fail(410), nil, ""},
		{"comma, server error", ",", fail(500), nil, "status 500"},
		{"comma, forbidden", ",", fail(403), nil, "status 403"},
		{"bar, server error", "|", fail(500), nil, ""},
		{"bar, forbidden", "|", fail(403), nil, ""},
		{"bar, not found", "|", fail(404), nil, ""},
		{"both fail", "|", fail(404), fail(403), "status 403"},
		{"half a body, then the whole", "|", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5000000")
			_, _ = w.Write(bytes.Repeat([]byte("x"), 1000000))
		}, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			first, second := newWorld(t, goFiles), newWorld(t, goFiles)
			first.handle("/sumdb/"+dbName+"/supported", http.NotFound)
			first.handle(zipPath, tt.first)
			if tt.second != nil {
				second.handle(zipPath, tt.second)
			}
			f := second.fetcher()
			f.Settings.Proxy = first.proxy.URL + tt.sep + second.proxy.URL
			if tt.want != "" {
				second.wantFailure(f, tt.want)
			} else if r := second.wantGood(f); r.Source != second.proxy.URL+zipPath {
				t.Errorf("source %s", r.Source)
			}
		})
	}
}

func TestUnusableSettings(t *testing.T) {
	w := newWorld(t, goFiles)
	for _, tt := range []struct {
		name string
		s    goenv.Settings
		want string
	}{
		{"no proxy", goenv.Settings{SumDB: w.key}, goenv.ErrNoProxy.Error()},
		{"direct", goenv.Settings{SumDB: w.key + " " + w.proxy.URL + "/sumdb/" + dbName, Proxy: "direct"}, "a module proxy is needed"},
		{"off", goenv.Settings{SumDB: w.key + " " + w.proxy.URL + "/sumdb/" + dbName, Proxy: "off"}, "forbidden by GOPROXY=off"},
		{"not from a proxy", goenv.Settings{SumDB: w.key, Proxy: w.proxy.URL, NoProxy: []string{"golang.org"}}, "only a module proxy serves"},
		{"password", goenv.Settings{SumDB: w.key, Proxy: "https://u:canary@a.example"}, "put credentials in the netrc secret"},
		{"plain http", goenv.Settings{SumDB: w.key, Proxy: "http://a.example"}, "is plain http"},
		{"directory", goenv.Settings{SumDB: w.key, Proxy: "file:///x"}, "which a build step cannot see"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.t = t
			f := w.fetcher()
			f.Settings = tt.s
			if err := w.wantFailure(f, tt.want); strings.Contains(err.Error(), "canary") {
				t.Errorf("the password is in %q", err)
			}
			if _, err := f.Versions(t.Context(), "linux", "amd64"); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Versions: %v", err)
			}
		})
	}
}

func TestSizeLimit(t *testing.T) {
	w := newWorld(t, goFiles)
	f := w.fetcher()
	f.MaxZip = int64(len(w.zip))
	w.wantGood(f)
	f.MaxZip--
	w.wantFailure(f, "larger than")
	w.handle(zipPath, func(rw http.ResponseWriter, _ *http.Request) { // no Content-Length
		for range 1000 {
			_, _ = rw.Write(w.zip)
		}
	})
	w.wantFailure(f, "larger than")
	if len(w.pauses) > 0 {
		t.Errorf("tried again after %v", w.pauses)
	}
}

func TestAuth(t *testing.T) {
	w := newWorld(t, goFiles)
	private := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); !ok || user != "ci" || password != "canary" {
			http.Error(rw, "who are you", http.StatusUnauthorized)
			return
		}
		w.ServeHTTP(rw, r)
	}))
	t.Cleanup(private.Close)
	f := w.fetcher()
	f.Settings.Proxy = private.URL
	w.wantFailure(f, "status 401 Unauthorized: who are you")
	var asked []string
	f.Auth = func(host string) (string, string, bool) {
		asked = append(asked, host)
		return "ci", "canary", true
	}
	w.wantGood(f)
	if asked = slices.Compact(asked); !slices.Equal(asked, []string{"127.0.0.1"}) {
		t.Errorf("asked for %q", asked)
	}
	w.handle(zipPath, fail(403))
	if err := w.wantFailure(f, "403"); strings.Contains(err.Error(), "canary") {
		t.Errorf("the password is in %q", err)
	}
}

// TestRedirect: storage behind a proxy gets neither the proxy's password nor a place for its signed query in a message.
func TestRedirect(t *testing.T) {
	w := newWorld(t, goFiles)
	var header atomic.Pointer[http.Header]
	store := &world{t: t, routes: map[string]http.HandlerFunc{}, hits: map[string]int{}}
	store.handle("/blob", serve(w.zip))
	storage := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		header.Store(&r.Header)
		store.ServeHTTP(rw, r)
	}))
	t.Cleanup(storage.Close)
	w.handle(zipPath, func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, storage.URL+"/blob?signature=canary", http.StatusFound)
	})
	f := w.fetcher()
	f.Auth = func(string) (string, string, bool) { return "ci", "password", true }
	w.wantGood(f)
	if h := *header.Load(); h.Get("Authorization") != "" || h.Get("Referer") != "" {
		t.Errorf("the storage got %v", h)
	}
	for _, answer := range []http.HandlerFunc{fail(403), func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }} {
		store.handle("/blob", answer)
		if err := w.wantFailure(f, w.proxy.URL+zipPath); strings.Contains(err.Error(), "canary") {
			t.Errorf("the signature is in %q", err)
		}
	}
}

func TestRedirectToPlainHTTP(t *testing.T) {
	w := newWorld(t, goFiles)
	secure := tlsServer(t, w)
	f := w.fetcher()
	f.Client, f.Settings.Proxy = secure.Client(), secure.URL
	w.wantGood(f)
	for name, target := range map[string]string{"to loopback": w.proxy.URL + "/x", "elsewhere": "http://a.example/x"} {
		w.handle(zipPath, func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, target, http.StatusFound) })
		w.wantFailure(f, "redirected to a URL that is not https")
		if len(w.pauses) > 0 {
			t.Errorf("%s: tried again after %v", name, w.pauses)
		}
	}
	f = w.fetcher() // from plain http on loopback only to loopback
	w.handle(zipPath, func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, "http://a.example/x", http.StatusFound)
	})
	w.wantFailure(f, "redirected to a URL that is not https")
	w.handle(zipPath, func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, zipPath, http.StatusFound) })
	w.wantFailure(f, "more than 10 redirects")
}

func TestUnknownRootIsNotTriedAgain(t *testing.T) {
	w := newWorld(t, goFiles)
	secure := tlsServer(t, w)
	f := w.fetcher()
	f.Settings.Proxy = secure.URL
	err := w.wantFailure(f, secure.URL)
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); !ok || len(w.pauses) > 0 {
		t.Errorf("got %v after pauses %v", err, w.pauses)
	}
}
