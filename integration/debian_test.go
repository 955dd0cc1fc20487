//go:build linux

package integration

import (
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// debianOnce guards the one push of the base.
var debianOnce sync.Once

// needDebian pushes the stand-in of debian:bookworm-slim, which the daemons find in the local registry.
func needDebian(t *testing.T) {
	t.Helper()
	l := setUp(t)
	need(t, "debootstrap", "debootstrap")
	debianOnce.Do(func() {
		archive, err := testbed.Debian(t.Context(), l.cache)
		if err != nil {
			t.Fatal(err)
		}
		img, err := imageOf(v1.Config{Env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}}, readFile(t, archive))
		if err != nil {
			t.Fatal(err)
		}
		ref, err := name.ParseReference(l.registry + "/library/debian:bookworm-slim")
		if err != nil {
			t.Fatal(err)
		}
		if err := remote.Write(ref, img); err != nil {
			t.Fatalf("pushing the Debian base: %v", err)
		}
	})
	if !inRegistry(l.registry + "/library/debian:bookworm-slim") {
		t.Fatal("there is no Debian base; see the first test that needed it")
	}
}
