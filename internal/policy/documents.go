package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/config"
)

func checkLabels(c *checker) {
	labels := c.Config.Config.Labels
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		place := fmt.Sprintf("config.Labels[%q]", key)
		if err := config.CheckLabel(key, ""); err != nil {
			c.find(Error, place, "", "%s", oneLine(err))
		} else if err := config.CheckLabel(key, labels[key]); err != nil {
			c.find(Warn, place, "", "%s", oneLine(err))
		}
	}
}

// The media types of Docker, and the beginnings of both families.
const (
	dockerManifest    = "application/vnd.docker.distribution.manifest.v2+json"
	dockerConfig      = "application/vnd.docker.container.image.v1+json"
	dockerFamily      = "application/vnd.docker."
	ociFamily         = "application/vnd.oci."
	dockerLayer       = "application/vnd.docker.image.rootfs.diff.tar.gzip"
	dockerForeign     = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
	nondistributable  = "application/vnd.oci.image.layer.nondistributable.v1.tar"
	plainDockerLayers = "application/vnd.docker.image.rootfs.diff.tar"
)

var (
	dockerLayers = []string{dockerLayer, dockerForeign, plainDockerLayers}
	ociLayers    = []string{
		ocispec.MediaTypeImageLayer, ocispec.MediaTypeImageLayerGzip, ocispec.MediaTypeImageLayerZstd,
		nondistributable, nondistributable + "+gzip", nondistributable + "+zstd",
	}
)

func checkMediaTypes(c *checker) {
	if c.Manifest.Made {
		return
	}
	m := c.Manifest.Manifest
	family, layers, configType := ociFamily, ociLayers, ocispec.MediaTypeImageConfig
	if c.Manifest.Descriptor.MediaType == dockerManifest {
		family, layers, configType = dockerFamily, dockerLayers, dockerConfig
	}
	manifest := c.Manifest.Descriptor.MediaType
	if m.Config.MediaType != configType && m.Config.MediaType != "" {
		c.find(Warn, "manifest.config.mediaType", "", "a manifest of %s has a configuration of %s", manifest, m.Config.MediaType)
	}
	for i, layer := range m.Layers {
		place := fmt.Sprintf("manifest.layers[%d].mediaType", i)
		help := "build or convert it with oci-mediatypes=true"
		switch {
		case slices.Contains(layers, layer.MediaType):
		case family == dockerFamily && strings.HasSuffix(layer.MediaType, "zstd"):
			c.find(Error, place, help, "Docker's manifest has a layer of zstd, %s, which no specification knows", layer.MediaType)
		case slices.Contains(dockerLayers, layer.MediaType) || slices.Contains(ociLayers, layer.MediaType):
			c.find(Warn, place, help, "a manifest of %s has a layer of %s", manifest, layer.MediaType)
		default:
			c.find(Error, place, help, "the layer is of %q, which no runtime unpacks", layer.MediaType)
		}
	}
}

const maxManifest = 4 << 20

func checkManifestSize(c *checker) {
	for _, doc := range append(slices.Clone(c.Path), c.Manifest) {
		if size := len(doc.Raw); size > maxManifest && !doc.Made {
			place := "manifest"
			if doc.Index != nil {
				place = "index"
			}
			c.find(Error, place, "put long texts elsewhere", "it has %d bytes, more than the %d that registries must take", size, maxManifest)
		}
	}
}
