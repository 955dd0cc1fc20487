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
// registries among them; for ghcr.io in GITHUB_TOKEN; for Google's registries where Google's programs do; and then in clouds, unless that
// is nil. Warnings go to w.
func keychain(w io.Writer, clouds authn.Keychain) authn.Keychain {
	all := []authn.Keychain{&warning{inner: authn.DefaultKeychain, w: w, told: map[string]bool{}}, github.Keychain, google.Keychain}
	if clouds != nil {
		all = append(all, &warning{inner: clouds, w: w, told: map[string]bool{}})
	}
	return authn.NewMultiKeychain(all...)
}

// warning finds credentials as another keychain does. A credential helper that is missing, or whatever else fails, is a warning: the image
// may be public, and if it is not, the registry says so.
type warning struct {
	inner authn.Keychain
	w     io.Writer

	mu   sync.Mutex
	told map[string]bool
}

// Resolve gives the credentials for a registry, none if there are none.
func (c *warning) Resolve(r authn.Resource) (authn.Authenticator, error) {
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
