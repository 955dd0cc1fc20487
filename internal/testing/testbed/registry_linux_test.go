package testbed_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/modship-build/modship/internal/engine"
	"github.com/modship-build/modship/internal/testing/testbed"
)

func TestRegistry(t *testing.T) {
	cache, err := testbed.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	tools, err := engine.Tools(t.Context(), cache, os.Stderr, "registry")
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(t.TempDir(), "data: #1")
	addr, stop, err := testbed.StartRegistry(t.Context(), filepath.Join(tools, "registry"), data, os.Environ())
	if err != nil {
		t.Fatal(err)
	}
	ref, err := name.ParseReference(addr + "/a/b:c")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, empty.Image); err != nil {
		t.Errorf("pushing: %v", err)
	}
	if _, err := os.Stat(filepath.Join(data, "docker/registry/v2/repositories/a/b")); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}
	if res, err := http.Get("http://" + addr + "/v2/"); err == nil {
		res.Body.Close()
		t.Errorf("it answers %s after its end", res.Status)
	}
}

// TestRegistryEnds: a program that does not serve is no long wait.
func TestRegistryEnds(t *testing.T) {
	if addr, _, err := testbed.StartRegistry(t.Context(), "false", filepath.Join(t.TempDir(), "data"), nil); err == nil {
		t.Errorf("it is at %s", addr)
	}
}

func TestCacheDir(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/cache")
	for set, want := range map[string]string{"/tools": "/tools", "": "/cache/modship-test"} {
		t.Setenv("MODSHIP_TEST_CACHE", set)
		if got, err := testbed.CacheDir(); got != want || err != nil {
			t.Errorf("with %q: %s, %v", set, got, err)
		}
	}
}
