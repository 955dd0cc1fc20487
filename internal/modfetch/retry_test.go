package modfetch

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

	"github.com/modship-build/modship/internal/patience"
	"github.com/modship-build/modship/internal/testing/modproxytest"
)

func TestRetries(t *testing.T) {
	w := newWorld(t, published)
	w.Client().Transport.(*http.Transport).DisableKeepAlives = true // the transport itself retries on kept connections
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
		{"server error", inTurn(modproxytest.Fail(500), modproxytest.Serve(w.zip)), []time.Duration{500 * time.Millisecond}},
		{"three failures", inTurn(modproxytest.Fail(503), modproxytest.Fail(429), modproxytest.Fail(502), modproxytest.Serve(w.zip)),
			[]time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second}},
		{"connection reset", inTurn(reset, modproxytest.Serve(w.zip)), []time.Duration{500 * time.Millisecond}},
		{"connection cut in the body", inTurn(cut, modproxytest.Serve(w.zip)), []time.Duration{500 * time.Millisecond}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.t, w.pauses = t, nil
			w.Handle(zipPath, tt.answer)
			w.wantGood(w.fetcher())
			if !slices.Equal(w.pauses, tt.pauses) {
				t.Errorf("pauses %v, want %v", w.pauses, tt.pauses)
			}
		})
	}
}

func TestRetriesEnd(t *testing.T) {
	for status, want := range map[int]int{500: patience.Attempts, 403: 1, 401: 1} {
		w := newWorld(t, published)
		w.Handle(zipPath, modproxytest.Fail(status))
		w.wantFailure(w.fetcher(), w.URL+zipPath, http.StatusText(status), "out of order")
		if n := w.Hits(zipPath); n != want {
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
		{"comma, not found", ",", modproxytest.Fail(404), nil, ""},
		{"comma, gone", ",", modproxytest.Fail(410), nil, ""},
		{"comma, server error", ",", modproxytest.Fail(500), nil, "status 500"},
		{"comma, forbidden", ",", modproxytest.Fail(403), nil, "status 403"},
		{"bar, server error", "|", modproxytest.Fail(500), nil, ""},
		{"bar, forbidden", "|", modproxytest.Fail(403), nil, ""},
		{"bar, not found", "|", modproxytest.Fail(404), nil, ""},
		{"both fail", "|", modproxytest.Fail(404), modproxytest.Fail(403), "status 403"},
		{"half a body, then the whole", "|", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5000000")
			_, _ = w.Write(bytes.Repeat([]byte("x"), 1000000))
		}, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			first, second := newWorld(t, published), newWorld(t, published)
			first.Handle("/sumdb/"+dbName+"/supported", http.NotFound)
			first.Handle(zipPath, tt.first)
			if tt.second != nil {
				second.Handle(zipPath, tt.second)
			}
			f := second.fetcher()
			f.Settings.Proxy = first.URL + tt.sep + second.URL
			if tt.want != "" {
				second.wantFailure(f, tt.want)
			} else if second.wantGood(f); second.Hits(zipPath) != 1 {
				t.Errorf("the second proxy served %d zips", second.Hits(zipPath))
			}
		})
	}
}

func TestAuth(t *testing.T) {
	w := newWorld(t, published)
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
	f.Client.Auth = func(host string) (string, string, bool) {
		asked = append(asked, host)
		return "ci", "canary", true
	}
	w.wantGood(f)
	if asked = slices.Compact(asked); !slices.Equal(asked, []string{"127.0.0.1"}) {
		t.Errorf("asked for %q", asked)
	}
	w.Handle(zipPath, modproxytest.Fail(403))
	if err := w.wantFailure(f, "403"); strings.Contains(err.Error(), "canary") {
		t.Errorf("the password is in %q", err)
	}
}

// TestRedirect: storage behind a proxy gets neither the proxy's password nor a place for its signed query in a message.
func TestRedirect(t *testing.T) {
	w := newWorld(t, published)
	var header atomic.Pointer[http.Header]
	store := modproxytest.NewServer(t)
	store.Handle("/blob", modproxytest.Serve(w.zip))
	storage := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		header.Store(&r.Header)
		store.ServeHTTP(rw, r)
	}))
	t.Cleanup(storage.Close)
	w.Handle(zipPath, func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, storage.URL+"/blob?signature=canary", http.StatusFound)
	})
	f := w.fetcher()
	f.Client.Auth = func(string) (string, string, bool) { return "ci", "password", true }
	w.wantGood(f)
	if h := *header.Load(); h.Get("Authorization") != "" || h.Get("Referer") != "" {
		t.Errorf("the storage got %v", h)
	}
	for _, answer := range []http.HandlerFunc{modproxytest.Fail(403), func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }} {
		store.Handle("/blob", answer)
		if err := w.wantFailure(f, w.URL+zipPath); strings.Contains(err.Error(), "canary") {
			t.Errorf("the signature is in %q", err)
		}
	}
}

func TestRedirectToPlainHTTP(t *testing.T) {
	w := newWorld(t, published)
	secure := tlsServer(t, w)
	f := w.fetcher()
	f.Client.HTTP, f.Settings.Proxy = secure.Client(), secure.URL
	w.wantGood(f)
	for name, target := range map[string]string{"to loopback": w.URL + "/x", "elsewhere": "http://a.example/x"} {
		w.Handle(zipPath, func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, target, http.StatusFound) })
		w.wantFailure(f, "redirected to a URL that is not https")
		if len(w.pauses) > 0 {
			t.Errorf("%s: tried again after %v", name, w.pauses)
		}
	}
	f = w.fetcher() // from plain http on loopback only to loopback
	w.Handle(zipPath, func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, "http://a.example/x", http.StatusFound)
	})
	w.wantFailure(f, "redirected to a URL that is not https")
	w.Handle(zipPath, func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, zipPath, http.StatusFound) })
	w.wantFailure(f, "more than 10 redirects")
}

func TestUnknownRootIsNotTriedAgain(t *testing.T) {
	w := newWorld(t, published)
	secure := tlsServer(t, w)
	f := w.fetcher()
	f.Settings.Proxy = secure.URL
	err := w.wantFailure(f, secure.URL)
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); !ok || len(w.pauses) > 0 {
		t.Errorf("got %v after pauses %v", err, w.pauses)
	}
}

// TestSizeLimit: no more is read than may come, and nothing is asked for again because of it.
func TestSizeLimit(t *testing.T) {
	w := newWorld(t, published)
	client, url := w.fetcher().Client, w.URL+zipPath
	if got, err := client.GetBytes(t.Context(), url, int64(len(w.zip))); err != nil || !bytes.Equal(got, w.zip) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	tooLarge := func() {
		t.Helper()
		if _, err := client.GetBytes(t.Context(), url, int64(len(w.zip))-1); err == nil || !strings.Contains(err.Error(), "larger than") {
			t.Errorf("got %v", err)
		}
	}
	tooLarge()
	w.Handle(zipPath, func(rw http.ResponseWriter, _ *http.Request) { // no Content-Length
		for range 1000 {
			_, _ = rw.Write(w.zip)
		}
	})
	tooLarge()
	if len(w.pauses) > 0 {
		t.Errorf("tried again after %v", w.pauses)
	}
}
