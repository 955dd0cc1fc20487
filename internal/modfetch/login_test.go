package modfetch

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/testing/modproxytest"
)

// reachedAs has a client reach every name at one address: servers are on the loopback network, and have names that are not.
func reachedAs(t *testing.T, server *httptest.Server) *http.Client {
	t.Helper()
	transport := server.Client().Transport.(*http.Transport).Clone()
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
	}
	return &http.Client{Transport: transport}
}

// locked is a module proxy that wants a login, and refuses some to those it knows.
func locked(w *world) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		switch {
		case user == "guest" && password == "canary":
			rw.WriteHeader(http.StatusForbidden)
		case user != "ci" || password != "canary":
			rw.WriteHeader(http.StatusUnauthorized)
		default:
			w.ServeHTTP(rw, r)
		}
	}
}

// TestLogin: a server that lets nobody in is asked once, and its error says what to do; whoever does it is let in. No password is said.
func TestLogin(t *testing.T) {
	w := newWorld(t, published)
	server := httptest.NewServer(locked(w))
	t.Cleanup(server.Close)
	const asks = "status 401 Unauthorized; the server asks for a user name and a password: put the line `machine 127.0.0.1 login NAME password PASSWORD` into the file of --secret id=netrc,src=FILE"
	for name, c := range map[string]struct{ user, password, says string }{
		"nobody":      {"", "", asks},
		"a wrong one": {"ci", "canary2", "status 401 Unauthorized; the server does not take the user name and password for 127.0.0.1 in the netrc secret: put those there that it takes"},
		"a guest":     {"guest", "canary", "status 403 Forbidden; the user for 127.0.0.1 in the netrc secret may not have this: let the server allow it, or name another user there"},
	} {
		t.Run(name, func(t *testing.T) {
			w.t, w.pauses = t, nil
			f := w.fetcher()
			f.Settings.Proxy = server.URL
			f.Client.Auth = func(string) (string, string, bool) { return c.user, c.password, c.user != "" }
			err := w.wantFailure(f, c.says)
			if strings.Contains(err.Error(), "canary") || strings.Count(err.Error(), "netrc") != 1 || len(w.pauses) > 0 {
				t.Errorf("after pauses %v: %v", w.pauses, err)
			}
			f.Client.Auth = func(string) (string, string, bool) { return "ci", "canary", true }
			w.wantGood(f)
		})
	}
}

// TestForbidden: a server that knows nobody can refuse as well.
func TestForbidden(t *testing.T) {
	w := newWorld(t, published)
	w.Handle(zipPath, modproxytest.Fail(http.StatusForbidden))
	w.wantFailure(w.fetcher(), "status 403 Forbidden: out of order; the server refuses this: let it allow it, or put the line `machine 127.0.0.1 login NAME password PASSWORD` into the file of --secret id=netrc,src=FILE")
}

// TestRefusedElsewhere: storage to which a proxy leads has got no password, and there is none to give.
func TestRefusedElsewhere(t *testing.T) {
	w := newWorld(t, published)
	storage := httptest.NewServer(http.HandlerFunc(modproxytest.Fail(http.StatusForbidden)))
	t.Cleanup(storage.Close)
	w.Handle(zipPath, func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, strings.Replace(storage.URL, "127.0.0.1", "localhost", 1), http.StatusFound)
	})
	f := w.fetcher()
	if err := w.wantFailure(f, "this is the answer of localhost, to which 127.0.0.1 leads"); strings.Contains(err.Error(), "netrc") {
		t.Error(err)
	}
}

// TestPlainHTTPHosts: a server that is asked by plain http gets no password, and may lead to others of which the same is said, and to no others.
func TestPlainHTTPHosts(t *testing.T) {
	w := newWorld(t, published)
	open, asked := false, []string{}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Host)
		if r.Header.Get("Authorization") != "" {
			t.Errorf("the password goes to %s", r.Host)
		}
		if !open {
			rw.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	f := w.fetcher()
	f.Client.HTTP, f.Settings.Proxy = reachedAs(t, server), "http://mirror.example"
	f.Client.Auth = func(string) (string, string, bool) { return "ci", "canary", true }
	w.wantFailure(f, "plain http")
	if len(asked) > 0 {
		t.Errorf("a host that nothing allows was asked: %v", asked)
	}
	f.Settings.Insecure = []string{"mirror.example"}
	f.Client.Insecure = f.Settings.Insecure
	w.wantFailure(f, "status 401 Unauthorized; the password for mirror.example in the netrc secret is not sent over plain http: name the server with https")
	open = true
	w.wantGood(f)
	for _, c := range []struct {
		to   string
		good bool
	}{{"http://mirror.example/blob", true}, {"http://other.example/blob", false}, {"http://127.0.0.1:1/blob", false}} {
		w.Handle("/blob", modproxytest.Serve(w.zip))
		w.Handle(zipPath, func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, c.to, http.StatusFound) })
		if c.good {
			w.wantGood(f)
		} else {
			w.wantFailure(f, "redirected to a URL that is not https")
		}
	}
	if slices.Contains(asked, "other.example") {
		t.Error("it was led to a host that nothing allows")
	}
}
