package imagetool

import (
	"fmt"
	"io"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/authn/github"
	"github.com/google/go-containerregistry/pkg/v1/google"

	"github.com/modship-build/modship/internal/safetext"
)

// keychain finds credentials in the configuration of Docker or Podman with its credential helpers, those of Amazon's and Microsoft's
// registries among them; for ghcr.io in GITHUB_TOKEN; and for Google's registries where Google's programs do. Warnings go to w.
func keychain(w io.Writer) authn.Keychain {
	return authn.NewMultiKeychain(&configured{inner: authn.DefaultKeychain, w: w, told: map[string]bool{}}, github.Keychain, google.Keychain)
}

// configured finds credentials as a configuration says. A credential helper that is missing or fails is a warning: the image may be
// public, and if it is not, the registry says so.
type configured struct {
	inner authn.Keychain
	w     io.Writer

	mu   sync.Mutex
	told map[string]bool
}

// Resolve gives the credentials for a registry, none if there are none.
func (c *configured) Resolve(r authn.Resource) (authn.Authenticator, error) {
	auth, err := c.inner.Resolve(r)
	if err == nil {
		return auth, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if host := r.RegistryStr(); !c.told[host] {
		c.told[host] = true
		fmt.Fprintf(c.w, "warning: there are no credentials for %s: %s\n", safetext.Line(host), safetext.Short(err.Error()))
	}
	return authn.Anonymous, nil
}
