package ociread

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// keys has one password for every registry.
type keys struct{}

func (keys) Resolve(authn.Resource) (authn.Authenticator, error) {
	return &authn.Basic{Username: "me", Password: "canary"}, nil
}

// recorder is a server that notes whoever sends it a secret.
type recorder struct {
	*httptest.Server
	mu      sync.Mutex
	secrets []string
}

// newRecorder starts a server under the name localhost, which is another host than 127.0.0.1.
func newRecorder(t *testing.T, handle http.HandlerFunc) *recorder {
	r := &recorder{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		req.ParseForm()
		if all := req.Header.Get("Authorization") + req.Form.Encode(); strings.Contains(all, "Basic") || strings.Contains(all, "canary") {
			r.mu.Lock()
			r.secrets = append(r.secrets, req.URL.Path)
			r.mu.Unlock()
		}
		handle(w, req)
	}))
	t.Cleanup(r.Close)
	r.URL = strings.Replace(r.URL, "127.0.0.1", "localhost", 1)
	return r
}

func openAs(t *testing.T, ref string, kc authn.Keychain) error {
	s, err := Open(t.Context(), ref, Options{Keychain: kc})
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Images(t.Context(), nil, func(img *Image, err error) error {
		if err == nil {
			_, err = img.FS(t.Context(), FSOptions{})
		}
		return err
	})
}

// TestPasswordStays follows redirects and asks servers of tokens, and gives the password to nobody but the registry.
func TestPasswordStays(t *testing.T) {
	index, _ := twoPlatforms(t)
	ref, _ := name.ParseReference(push(t, index))
	backend := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: ref.Context().RegistryStr()})
	storage := newRecorder(t, backend.ServeHTTP)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, password, _ := r.BasicAuth()
		switch {
		case password != "canary":
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
		case strings.Contains(r.URL.Path, "/blobs/"):
			http.Redirect(w, r, storage.URL+r.URL.Path, http.StatusTemporaryRedirect)
		default:
			backend.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(front.Close)
	image := strings.TrimPrefix(front.URL, "http://") + "/app:1.0"
	if err := openAs(t, image, keys{}); err != nil {
		t.Error(err)
	}
	if len(storage.secrets) > 0 {
		t.Errorf("the password went to %v", storage.secrets)
	}
	checkError(t, openAs(t, image, nil), ErrNoAccess, "log in with docker login")

	tokens := newRecorder(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"token":"t"}`) })
	lying := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="%s/token",service="x"`, tokens.URL))
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(lying.Close)
	err := openAs(t, strings.TrimPrefix(lying.URL, "http://")+"/app:1.0", keys{})
	checkError(t, err, ErrNoAccess, "password sent to localhost, which is not under its domain")
	if len(tokens.secrets) > 0 {
		t.Errorf("the password went to %v", tokens.secrets)
	}
}

// TestEndlessRedirects follows a registry that sends everybody on for only so long.
func TestEndlessRedirects(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked++; r.URL.Path != "/v2/" && asked < 1000 {
			http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
		}
	}))
	t.Cleanup(server.Close)
	checkError(t, openAs(t, strings.TrimPrefix(server.URL, "http://")+"/app:1.0", nil), ErrBroken, "redirects more than 10 times")
	if asked > 3*maxRedirects {
		t.Errorf("%d requests", asked)
	}
}

// TestSilence gives up a registry that says nothing any more: before its answer, and in it. One that is slow is waited for.
func TestSilence(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for i := 0; r.URL.Path == "/slow" && i < 5; i++ {
			fmt.Fprint(w, "x")
			w.(http.Flusher).Flush()
			time.Sleep(100 * time.Millisecond)
		}
		if r.URL.Path == "/body" {
			fmt.Fprint(w, "x")
			w.(http.Flusher).Flush()
		}
		if r.URL.Path != "/slow" {
			<-r.Context().Done()
		}
	}))
	t.Cleanup(server.Close)
	client := &http.Client{Transport: &guard{inner: http.DefaultTransport, limit: 100, silence: 400 * time.Millisecond}}
	for path, want := range map[string]error{"/header": errSilent, "/body": errSilent, "/slow": nil} {
		resp, err := client.Get(server.URL + path)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestRegistryErrors tells apart what a registry says.
func TestRegistryErrors(t *testing.T) {
	ref := push(t, imageOf(t, "linux/amd64"))
	missing := strings.Replace(ref, ":1.0", ":2.0", 1)
	fails(t, missing, ErrNotFound, missing)
	for status, kind := range map[int]error{http.StatusForbidden: ErrNoAccess, http.StatusNotFound: ErrNotFound} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/v2/" {
				w.WriteHeader(status)
			}
		}))
		t.Cleanup(server.Close)
		fails(t, strings.TrimPrefix(server.URL, "http://")+"/app", kind, "/app")
	}
	fails(t, "UPPER/case", nil, "neither oci:DIR")
	fails(t, "oci:", nil, "lacks a path")
}

// TestPlainHTTP is refused of hosts that are not this machine, also in private networks.
func TestPlainHTTP(t *testing.T) {
	var asked []string
	g := &guard{inner: roundTrip(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.URL.String())
		return nil, fmt.Errorf("no network")
	})}
	for _, u := range []string{"http://10.0.0.1/v2/", "http://registry.local/v2/", "http://127.0.0.1:5000/v2/", "https://10.0.0.1/v2/"} {
		req, _ := http.NewRequest(http.MethodGet, u, nil)
		if _, err := g.RoundTrip(req); err == nil {
			t.Error(u)
		}
	}
	if len(asked) != 2 || asked[0] != "http://127.0.0.1:5000/v2/" || asked[1] != "https://10.0.0.1/v2/" {
		t.Errorf("asked %v", asked)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestSameSite(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"index.docker.io", "auth.docker.io", true},
		{"registry.gitlab.com", "gitlab.com", true},
		{"ghcr.io", "ghcr.io", true},
		{"ghcr.io", "evil.io", false},
		{"one.github.io", "two.github.io", false},
		{"localhost", "127.0.0.1", false},
		{"10.0.0.1", "20.0.0.1", false},
		{"10.0.0.1", "10.0.0.1", true},
		{"a.co.uk", "b.co.uk", false},
	} {
		if got := sameSite(test.a, test.b); got != test.want {
			t.Errorf("%s and %s: %v", test.a, test.b, got)
		}
	}
}

// TestLargeManifest stops reading one that a registry sends without end.
func TestLargeManifest(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v2/" {
			zeroes := make([]byte, 1<<20)
			for range 40 {
				w.Write(zeroes)
			}
		}
	}))
	t.Cleanup(server.Close)
	fails(t, strings.TrimPrefix(server.URL, "http://")+"/app", ErrTooLarge, "so many bytes")
}
