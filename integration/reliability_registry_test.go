//go:build linux

package integration

import (
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
)

// TestRegistryOutage pushes to a registry that fails: for a moment, which nobody needs to know of, and for good.
func TestRegistryOutage(t *testing.T) {
	t.Parallel()
	registry := newFaultyRegistry(t)
	for _, c := range []struct {
		name  string
		mode  mode
		fault fault
		says  string // "" if the build succeeds
	}{
		{"503 for a moment", client, atFirst(3, unavailable), ""},
		{"resets for a moment", syntax, atFirst(3, reset), ""},
		{"503", client, unavailable, "503 Service Unavailable"},
		{"resets", syntax, reset, "connection reset by peer"},
	} {
		t.Run(c.mode.name+" "+c.name, func(t *testing.T) {
			name := "outage:" + strings.ReplaceAll(c.mode.name+"-"+c.name, " ", "-")
			b := registry.push(unbuilt(t, "outage"), name)
			registry.breaks(c.fault)
			if c.says != "" {
				r := c.mode.fail(t, b)
				r.exits(t, c.mode, 1)
				saysLast(t, r, registry.addr, c.says)
				registry.lacks(t, name)
				registry.works()
			}
			c.mode.build(t, b)
			registry.has(t, name)
		})
	}
}

// TestBaseImageOutage builds on a base image whose registry answers nothing but 503.
func TestBaseImageOutage(t *testing.T) {
	registry := newFaultyRegistry(t)
	eachMode(t, func(t *testing.T, m mode) {
		dir := example(t, "hello")
		configure(t, dir, "image: {base: "+registry.baseImage(t, "outage-base:"+m.name)+"}\n")
		registry.breaks(unavailable)
		r := m.fail(t, build{dir: dir})
		saysLast(t, r, "Dockerfile:2", "outage-base:"+m.name, "503 Service Unavailable")
		registry.works()
		m.build(t, build{dir: dir}).runs(t, "hello from linux/amd64")
	})
}

// saysLast fails the test unless the last error of the log, with which it ends, has all the texts in it.
func saysLast(t *testing.T, r result, texts ...string) {
	t.Helper()
	last := r.log[max(0, strings.LastIndex(strings.ToLower(r.log), "error: ")):]
	for _, text := range texts {
		if !strings.Contains(last, text) {
			t.Errorf("the error does not say %q:\n%s", text, last)
		}
	}
	if t.Failed() {
		t.Logf("log:\n%s", r.log)
	}
}

// faultyRegistry stands before the registry of the laboratory and spoils its answers.
type faultyRegistry struct{ *faultyServer }

func newFaultyRegistry(t *testing.T) *faultyRegistry {
	t.Helper()
	return &faultyRegistry{newFaultyServer(t, &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: setUp(t).registry})
		r.Out.Host = r.In.Host // the registry makes URLs of it
	}})}
}

// baseImage puts a base image into the registry and gives the reference by which builds ask for it here.
func (f *faultyRegistry) baseImage(t *testing.T, name string) string {
	t.Helper()
	img, err := newBase(builderEnv, imageFile{name: "etc/base", mode: 0o644, data: []byte("base")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lab.push(name, img); err != nil {
		t.Fatal(err)
	}
	return f.addr + "/" + name
}

// push is a build whose image goes to the registry.
func (f *faultyRegistry) push(dir, name string) build {
	return build{dir: dir, noImage: true, flags: []string{"--tag", f.addr + "/" + name, "--push"}}
}

func (f *faultyRegistry) lacks(t *testing.T, name string) {
	t.Helper()
	if inRegistry(lab.registry + "/" + name) {
		t.Errorf("%s is in the registry", name)
	}
}

func (f *faultyRegistry) has(t *testing.T, name string) {
	t.Helper()
	if !inRegistry(lab.registry + "/" + name) {
		t.Errorf("%s is not in the registry", name)
	}
}
