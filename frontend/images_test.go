package frontend

import (
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
)

func TestGoRoot(t *testing.T) {
	for name, test := range map[string]struct {
		env  []string
		want string
	}{
		"nothing":             {nil, "/usr/local/go"},
		"official image":      {[]string{"PATH=/go/bin:/usr/local/go/bin:/usr/bin", "GOPATH=/go"}, "/usr/local/go"},
		"GOROOT":              {[]string{"PATH=/usr/local/go/bin", "GOROOT=/opt/go1.26/"}, "/opt/go1.26"},
		"GOROOT comes later":  {[]string{"PATH=/sdk/go/bin", "X=y", "GOROOT=/opt/go"}, "/opt/go"},
		"relative GOROOT":     {[]string{"GOROOT=go", "PATH=/sdk/go/bin"}, "/sdk/go"},
		"distribution's":      {[]string{"PATH=/usr/lib/go/bin:/bin"}, "/usr/lib/go"},
		"other folders":       {[]string{"PATH=/usr/bin:/bin/go/binary"}, "/usr/local/go"},
		"GOPATH's own folder": {[]string{"PATH=/go/bin:/bin"}, "/usr/local/go"},
	} {
		if got := goRoot(test.env); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

func TestWithDigest(t *testing.T) {
	dgst := digest.FromString("x")
	other := digest.FromString("y")
	for ref, want := range map[string]string{
		"debian":                                  "docker.io/library/debian@" + dgst.String(),
		"debian:12":                               "docker.io/library/debian@" + dgst.String(),
		"localhost:5000/a/b:c":                    "localhost:5000/a/b@" + dgst.String(),
		"ghcr.io/x/y:1@" + other.String():         "ghcr.io/x/y@" + dgst.String(),
		"docker.io/library/z@" + other.String():   "docker.io/library/z@" + dgst.String(),
		"registry.example:443/deep/er/name:t-a.g": "registry.example:443/deep/er/name@" + dgst.String(),
	} {
		got, err := withDigest(ref, dgst)
		if err != nil || got != want {
			t.Errorf("%s: got %s (%v), want %s", ref, got, err, want)
		}
	}
	for _, ref := range []string{"", "docker.io/Upper", "a b", strings.Repeat("a", 64)} {
		if got, err := withDigest(ref, dgst); err == nil {
			t.Errorf("%q: got %s", ref, got)
		}
	}
	if got, err := withDigest("debian", "sha256:short"); err == nil {
		t.Errorf("a broken digest: got %s", got)
	}
}
