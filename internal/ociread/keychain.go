package ociread

import (
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/google"
)

// Keychain finds credentials where a command is expected to: the configuration of Docker or Podman, with its credential helpers (those
// of Amazon's and Microsoft's registries are among them), then Google's own for Google's registries.
func Keychain() authn.Keychain {
	return authn.NewMultiKeychain(authn.DefaultKeychain, google.Keychain)
}
