//go:build linux

package lab

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Image is what was pushed for one platform.
type Image struct {
	// Bytes is the compressed size, with manifest and configuration.
	Bytes int64
	// Labels are those of the configuration.
	Labels map[string]string
}

// Images reads a pushed image or index; the key is a platform such as linux/arm64.
func Images(reference string) (map[string]Image, error) {
	ref, err := name.ParseReference(reference)
	if err != nil {
		return nil, err
	}
	d, err := remote.Get(ref)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", reference, err)
	}
	found := map[string]Image{}
	if !d.MediaType.IsIndex() {
		img, err := d.Image()
		if err != nil {
			return nil, err
		}
		return found, inspect(img, found)
	}
	index, err := d.ImageIndex()
	if err != nil {
		return nil, err
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	for _, m := range manifest.Manifests {
		if m.Annotations["vnd.docker.reference.type"] == "attestation-manifest" {
			continue
		}
		img, err := index.Image(m.Digest)
		if err != nil {
			return nil, err
		}
		if err := inspect(img, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func inspect(img v1.Image, found map[string]Image) error {
	manifest, err := img.Manifest()
	if err != nil {
		return err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return err
	}
	size, err := img.Size()
	if err != nil {
		return err
	}
	size += manifest.Config.Size
	for _, layer := range manifest.Layers {
		size += layer.Size
	}
	platform := strings.TrimSuffix(config.OS+"/"+config.Architecture+"/"+config.Variant, "/")
	found[platform] = Image{Bytes: size, Labels: config.Config.Labels}
	return nil
}

// CacheSize is the size of registry caches that BuildKit exported: their manifests, their configurations, and each blob of any of them
// once, in bytes.
func CacheSize(references ...string) (int64, error) {
	var manifests [][]byte
	for _, reference := range references {
		ref, err := name.ParseReference(reference)
		if err != nil {
			return 0, err
		}
		d, err := remote.Get(ref)
		if err != nil {
			return 0, fmt.Errorf("reading %s: %w", reference, err)
		}
		manifests = append(manifests, d.Manifest)
	}
	return cacheSize(manifests...)
}

// cacheSize takes both forms of a cache manifest: BuildKit writes an image manifest, and an index if it is told to.
func cacheSize(manifests ...[]byte) (int64, error) {
	var sum int64
	seen := map[v1.Hash]bool{}
	for _, manifest := range manifests {
		var m struct {
			Config            v1.Descriptor
			Layers, Manifests []v1.Descriptor
		}
		if err := json.Unmarshal(manifest, &m); err != nil {
			return 0, fmt.Errorf("reading the manifest of a cache: %w", err)
		}
		sum += int64(len(manifest))
		for _, d := range append(append(m.Layers, m.Manifests...), m.Config) {
			if !seen[d.Digest] {
				sum += d.Size
			}
			seen[d.Digest] = true
		}
	}
	return sum, nil
}
