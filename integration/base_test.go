//go:build linux

package integration

import (
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// TestBaseImage puts the program on an image: its layers and environment stay, and what it says of its own program does not.
func TestBaseImage(t *testing.T) {
	t.Parallel()
	l := setUp(t)
	base, err := newBase(v1.Config{
		Env:        []string{"PATH=/opt/bin:/bin", "LANG=C.UTF-8"},
		Entrypoint: []string{"/bin/sh", "-c"},
		Cmd:        []string{"true"},
		User:       "0",
		Labels:     map[string]string{"org.opencontainers.image.title": "base"},
	}, imageFile{name: "opt/data", mode: 0o640, data: []byte("of the base")})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := l.push("base:1", base)
	if err != nil {
		t.Fatal(err)
	}
	eachMode(t, func(t *testing.T, m mode) {
		dir := example(t, "hello")
		configure(t, dir, "image: {base: "+ref+"}\n")
		r := m.build(t, build{dir: dir})
		img := r.image(t)
		if got, want := layersOf(t, img), layersOf(t, base); len(got) <= len(want) || !slices.Equal(got[:len(want)], want) {
			t.Errorf("layers %q, want them to begin with the base's %q", got, want)
		}
		config, err := img.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		c := config.Config
		if c.User != "1001:1001" || !slices.Equal(c.Entrypoint, []string{"/usr/local/bin/hello"}) || len(c.Cmd) > 0 {
			t.Errorf("user %q, entrypoint %q, command %q", c.User, c.Entrypoint, c.Cmd)
		}
		if env := envMap(c.Env); env["PATH"] != "/opt/bin:/bin" || env["LANG"] != "C.UTF-8" {
			t.Errorf("environment %q", c.Env)
		}
		if c.Labels["org.opencontainers.image.title"] == "base" {
			t.Errorf("labels of the base: %v", c.Labels)
		}
		if f := rootfsOf(t, img).file(t, "opt/data"); string(f.data) != "of the base" || f.Mode != 0o640 {
			t.Errorf("the file of the base has mode %o and says %q", f.Mode, f.data)
		}
		r.runs(t, "hello from linux/amd64")
		digest, err := base.Digest()
		if err != nil {
			t.Fatal(err)
		}
		r.says(t, "@"+digest.String())
	})
}

// TestReplacedBase has a named context stand in for a base that is pinned: the digest is not that of the image inside.
func TestReplacedBase(t *testing.T) {
	l := setUp(t)
	push := func(name, file string) (v1.Image, string) {
		img, err := newBase(v1.Config{Env: []string{"PATH=/bin"}}, imageFile{name: file, mode: 0o644, data: []byte(file)})
		if err != nil {
			t.Fatal(err)
		}
		ref, err := l.push(name, img)
		if err != nil {
			t.Fatal(err)
		}
		return img, ref
	}
	pinned, ref := push("base:pinned", "opt/pinned")
	other, otherRef := push("base:other", "opt/other")
	digest, err := pinned.Digest()
	if err != nil {
		t.Fatal(err)
	}
	ref += "@" + digest.String()
	eachMode(t, func(t *testing.T, m mode) {
		dir := example(t, "hello")
		configure(t, dir, "image: {base: \""+ref+"\"}\n")
		r := m.build(t, build{dir: dir})
		if got := labelsOf(t, r.image(t))["org.opencontainers.image.base.digest"]; got != digest.String() {
			t.Errorf("the base's digest is %q, want %q", got, digest)
		}
		r = m.build(t, build{dir: dir, flags: []string{"--build-context", ref + "=docker-image://" + otherRef}})
		if got, want := layersOf(t, r.image(t)), layersOf(t, other); len(got) <= len(want) || !slices.Equal(got[:len(want)], want) {
			t.Fatalf("layers %q, want them to begin with %q", got, want)
		}
		for key, value := range labelsOf(t, r.image(t)) {
			if strings.HasPrefix(key, "org.opencontainers.image.base.") {
				t.Errorf("%s is %q, although another image stands in for the base", key, value)
			}
		}
	})
}

func layersOf(t *testing.T, img v1.Image) []string {
	t.Helper()
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	var digests []string
	for _, l := range layers {
		digest, err := l.DiffID()
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, digest.String())
	}
	return digests
}
