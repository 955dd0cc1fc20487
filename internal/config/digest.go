package config

import (
	"encoding/json"
	"fmt"

	"github.com/opencontainers/go-digest"
)

// Digest tells configurations apart that may make different images of the same files. It is that of what they say, in JSON: how a file
// is written makes no difference, and neither does what changes no image, which are the ways to modules, what a toolchain is verified
// by, the sharing of caches, which platforms are built together, and the attestations beside the image.
func (c *Config) Digest() (digest.Digest, error) {
	said := *c
	said.Modules, said.Cache, said.SBOM, said.Go.Sums, said.Platforms = Modules{}, Cache{}, "", nil, nil
	text, err := json.Marshal(said)
	if err != nil {
		return "", fmt.Errorf("encoding the configuration: %w", err)
	}
	return digest.FromBytes(text), nil
}
