package hostile

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Registry is one that notes which blobs are asked for.
type Registry struct {
	// Ref is the image in it.
	Ref   string
	mu    sync.Mutex
	blobs []string
}

// NewRegistry starts a registry with an index.
func NewRegistry(tb testing.TB, index v1.ImageIndex) *Registry {
	tb.Helper()
	r := &Registry{}
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if _, digest, ok := strings.Cut(req.URL.Path, "/blobs/"); ok && req.Method == http.MethodGet {
			r.mu.Lock()
			r.blobs = append(r.blobs, digest)
			r.mu.Unlock()
		}
		inner.ServeHTTP(w, req)
	}))
	tb.Cleanup(server.Close)
	ref, err := name.ParseReference(strings.TrimPrefix(server.URL, "http://") + "/app:1")
	if err == nil {
		err = remote.WriteIndex(ref, index)
	}
	if err != nil {
		tb.Fatal(err)
	}
	r.Ref, r.blobs = ref.String(), nil
	return r
}

// Blobs are those that were asked for since the last call, sorted.
func (r *Registry) Blobs() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := slices.Sorted(slices.Values(r.blobs))
	r.blobs = nil
	return all
}
