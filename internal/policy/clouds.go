package policy

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/modship-build/modship/internal/imagefacts"
	"github.com/modship-build/modship/internal/ociread"
)

// offers says that the reference leads to an image for a platform.
func (c *checker) offers(platform string) bool { return slices.Contains(c.Platforms, platform) }

func checkCloudRun(c *checker) {
	if !c.offers("linux/amd64") {
		c.find(Error, "index.manifests", "build for linux/amd64, too", "Cloud Run needs an image for linux/amd64; there is one for %s", strings.Join(c.Platforms, ", "))
	}
}

func checkFargate(c *checker) {
	if !c.offers("linux/amd64") {
		c.find(Info, "index.manifests", "build for linux/amd64, too", "it does not run on Fargate, which needs linux/amd64; there is one for %s", strings.Join(c.Platforms, ", "))
	}
}

func checkLambda(c *checker) {
	if slices.ContainsFunc(c.Path, func(d *ociread.Document) bool { return !d.Made }) {
		c.find(Error, "index", "build for one platform, with --provenance=false --sbom=false, and with modship with sbom: off", "Lambda takes no index; name the image by the digest of its manifest, or build it alone")
		c.fix(Fix{Modship: "sbom: \"off\""})
	}
	if c.Platform != "linux/amd64" && c.Platform != "linux/arm64" {
		c.find(Error, "config.architecture", "", "Lambda runs linux/amd64 and linux/arm64, not %s", c.Platform)
	}
}

func checkLayerSize(limit int64, registry string) func(*checker) {
	return func(c *checker) {
		for i, layer := range c.Manifest.Manifest.Layers {
			if layer.Size > limit {
				c.find(Warn, fmt.Sprintf("manifest.layers[%d].size", i), "divide it", "the layer has %d bytes, more than the %d that %s takes", layer.Size, limit, registry)
			}
		}
	}
}

// agentLabels are what the agent of ECS sets, behind com.amazonaws.ecs.
var agentLabels = []string{"task-arn", "container-name", "task-definition-family", "task-definition-version", "cluster"}

func checkECSLabels(c *checker) {
	for _, key := range slices.Sorted(maps.Keys(c.Config.Config.Labels)) {
		if name, ok := strings.CutPrefix(key, "com.amazonaws.ecs."); ok && slices.Contains(agentLabels, name) {
			c.find(Warn, fmt.Sprintf("config.Labels[%q]", key), "name it otherwise", "the agent of ECS writes its own value over it")
		}
	}
}

// checkLatest looks at references of registries only: what is in files has no tag to deploy by.
func checkLatest(c *checker) {
	for _, file := range []string{"oci:", "oci-archive:", "docker-archive:"} {
		if strings.HasPrefix(c.Reference, file) {
			return
		}
	}
	name := c.Reference[strings.LastIndex(c.Reference, "/")+1:]
	if _, tag, ok := strings.Cut(name, ":"); !strings.Contains(name, "@") && (!ok || tag == "latest") {
		c.find(Warn, "reference", "give it a version", "the reference has no tag but latest")
	}
}

// randomUID is one of the range that OpenShift gives a project.
const randomUID = 1_000_650_000

func checkOpenShiftUser(c *checker) {
	if !c.linux() || c.Contents == nil {
		return
	}
	report, err := c.Contents.StartAs(imagefacts.User{UID: randomUID, GID: 0})
	if err != nil || report == nil {
		return
	}
	for _, p := range report.Problems {
		if p.User {
			c.find(Error, fileAt(p.Object), "give the group 0 the rights of the owner", "%s", p.Msg)
		}
	}
	if info, err := fs.Stat(c.Contents.FS, "etc/passwd"); err == nil && info.Mode().IsRegular() {
		c.find(Info, fileAt("/etc/passwd"), "", "as the image has it, the random user gets no entry there")
	}
}

func checkOpenShiftPorts(c *checker) {
	for _, port := range slices.Sorted(maps.Keys(c.Config.Config.ExposedPorts)) {
		number, _, _ := strings.Cut(port, "/")
		if n, err := strconv.Atoi(number); err == nil && n > 0 && n < 1024 {
			c.find(Warn, "config.ExposedPorts", "listen on a port from 1024 on, such as 8080", "the port %d is below 1024", n)
		}
	}
}
