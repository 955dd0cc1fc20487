package imagetool

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/modship-build/modship/internal/ociread"
)

// private is a registry that wants a user and a password; "" wants none, and refuses those that are given.
func private(t *testing.T, start func(http.Handler) *httptest.Server, user, password string) *httptest.Server {
	t.Helper()
	inner := registry.New()
	server := start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u, p, _ := r.BasicAuth(); u != user || p != password {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	ref, err := name.ParseReference(server.Listener.Addr().String() + "/me/app:1")
	if err != nil {
		t.Fatal(err)
	}
	img, err := random.Image(64, 1)
	if err != nil {
		t.Fatal(err)
	}
	auth := remote.WithAuth(authn.Anonymous)
	if user != "" {
		auth = remote.WithAuth(&authn.Basic{Username: user, Password: password})
	}
	if err := remote.Write(ref, img, auth, remote.WithTransport(server.Client().Transport)); err != nil {
		t.Fatal(err)
	}
	return server
}

func open(t *testing.T, ref string, transport http.RoundTripper) (warnings string, _ error) {
	t.Helper()
	var w strings.Builder
	s, err := ociread.Open(t.Context(), ref, ociread.Options{Keychain: keychain(&w, nil), Transport: transport})
	if err == nil {
		s.Close()
	}
	return w.String(), err
}

// TestHelpers asks the credential helper of a registry, and says when that is missing; a public image is read nevertheless.
func TestHelpers(t *testing.T) {
	closed := private(t, httptest.NewServer, "me", "canary").Listener.Addr().String()
	public := private(t, httptest.NewServer, "", "").Listener.Addr().String()
	dir := t.TempDir()
	t.Setenv("DOCKER_CONFIG", dir)
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	write := func(file, text string) {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write("docker-credential-loopback", "#!/bin/sh\necho '{\"Username\": \"me\", \"Secret\": \"canary\"}'\n")
	write("config.json", `{"credHelpers": {"`+closed+`": "loopback"}}`)
	for _, host := range []string{closed, public} {
		if warnings, err := open(t, host+"/me/app:1", nil); err != nil || warnings != "" {
			t.Errorf("%v, %s", err, warnings)
		}
	}
	write("config.json", `{"credHelpers": {"`+closed+`": "missing", "`+public+`": "missing"}}`)
	const says = "docker-credential-missing"
	if warnings, err := open(t, public+"/me/app:1", nil); err != nil || strings.Count(warnings, says) != 1 {
		t.Errorf("%v, %s", err, warnings)
	}
	if warnings, err := open(t, closed+"/me/app:1", nil); !errors.Is(err, ociread.ErrNoAccess) || strings.Count(warnings, says) != 1 {
		t.Errorf("%v, %s", err, warnings)
	}
}

// TestGitHub gives the token of a workflow to ghcr.io and to no other host.
func TestGitHub(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	t.Setenv("GITHUB_ACTOR", "me")
	t.Setenv("GITHUB_TOKEN", "canary")
	for host, server := range map[string]*httptest.Server{
		"ghcr.io":             private(t, httptest.NewTLSServer, "me", "canary"),
		"ghcr.io.example.com": private(t, httptest.NewTLSServer, "", ""),
		"example.com":         private(t, httptest.NewTLSServer, "", ""),
	} {
		transport := &http.Transport{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
			},
		}
		if warnings, err := open(t, host+"/me/app:1", transport); err != nil || warnings != "" {
			t.Errorf("%s: %v, %s", host, err, warnings)
		}
	}
}
