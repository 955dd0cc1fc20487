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

// Clouds are where images can be meant to run. Generic is everywhere: it adds no rule.
var Clouds = []string{"generic", "eks", "ecs", "aks", "gke", "cloudrun", "openshift", "lambda"}

// cloudRules rest on documents of the platforms, and on nothing else.
func cloudRules() []Rule {
	return []Rule{
		{
			ID: "cloudrun-amd64", Level: Error, Clouds: []string{"cloudrun"}, check: checkCloudRun, Spec: "https://cloud.google.com/run/docs/container-contract",
			What: "On Cloud Run there is an image for linux/amd64.",
			Why:  "Cloud Run runs programs for 64-bit x86 on Linux. An index of several platforms must have that one among them.",
			Bad:  "docker buildx build --platform linux/arm64 .",
			Good: "docker buildx build --platform linux/amd64,linux/arm64 .",
		},
		{
			ID: "lambda-index", Level: Error, Clouds: []string{"lambda"}, check: checkLambda, Spec: "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",
			What: "On AWS Lambda the reference names one image for linux/amd64 or linux/arm64, and no index.",
			Why:  "Lambda supports no functions of multi-architecture images. BuildKit makes an index of a single image, too, if it attests provenance.",
			Bad:  "docker buildx build --push -t example.com/app .",
			Good: "docker buildx build --provenance=false --platform linux/arm64 --push -t example.com/app .",
		},
		{
			ID: "fargate-platform", Level: Info, Clouds: []string{"eks"}, check: checkFargate, Spec: "https://docs.aws.amazon.com/eks/latest/userguide/fargate.html",
			What: "On EKS there is an image for linux/amd64, if its pods are to run on Fargate.",
			Why:  "Pods on Fargate run neither on Arm nor on Windows. Nodes of EC2 do.",
			Bad:  "docker buildx build --platform linux/arm64 .",
			Good: "docker buildx build --platform linux/amd64,linux/arm64 .",
		},
		{
			ID: "ecr-layer-size", Level: Error, Clouds: []string{"eks", "ecs", "lambda"}, check: checkLayerSize(52_000<<20, "Amazon ECR"),
			Spec: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html",
			What: "On AWS no layer has more than 52,000 MiB.",
			Why:  "Amazon ECR refuses a larger one after it was uploaded.",
			Bad:  "COPY models/ /models/        # 60 GiB in one layer",
			Good: "COPY models/a/ /models/a/\nCOPY models/b/ /models/b/",
		},
		{
			ID: "acr-layer-size", Level: Error, Clouds: []string{"aks"}, check: checkLayerSize(200<<30, "Azure Container Registry"),
			Spec: "https://learn.microsoft.com/azure/container-registry/container-registry-skus",
			What: "On Azure no layer has more than 200 GiB.",
			Why:  "Azure Container Registry refuses a larger one after it was uploaded.",
			Bad:  "COPY models/ /models/        # 300 GiB in one layer",
			Good: "COPY models/a/ /models/a/\nCOPY models/b/ /models/b/",
		},
		{
			ID: "ecs-labels", Level: Warn, Clouds: []string{"ecs"}, check: checkECSLabels,
			Spec: "https://github.com/aws/amazon-ecs-agent/blob/master/agent/engine/docker_task_engine.go",
			What: "On ECS no label is one that its agent sets.",
			Why:  "The agent writes `com.amazonaws.ecs.task-arn` and its kin over those of the image.",
			Bad:  "LABEL com.amazonaws.ecs.container-name=\"app\"",
			Good: "LABEL com.example.container-name=\"app\"",
		},
		{
			ID: "aks-latest", Level: Warn, Clouds: []string{"aks"}, check: checkLatest, Spec: "https://learn.microsoft.com/azure/aks/deployment-safeguards",
			What: "On AKS the reference has a tag other than latest, or a digest.",
			Why:  "Deployment Safeguards warn of images without a tag or with the tag latest, and refuse them where they enforce.",
			Bad:  "image: example.com/app",
			Good: "image: example.com/app:v1.4.2",
		},
		{
			ID: "openshift-user", Level: Error, Clouds: []string{"openshift"}, check: checkOpenShiftUser, Spec: openshift,
			What: "On OpenShift the program starts as a user that is not in the image, with the group 0.",
			Why:  "OpenShift runs containers as a random user of the group root. What only its owner may execute or read does not start there.",
			Bad:  "COPY --chown=1001:1001 --chmod=700 app /app",
			Good: "COPY --chown=1001:0 --chmod=750 app /app",
		},
		{
			ID: "openshift-ports", Level: Warn, Clouds: []string{"openshift"}, check: checkOpenShiftPorts, Spec: openshift,
			What: "On OpenShift no port below 1024 is exposed.",
			Why:  "The random user has no right to listen there.",
			Bad:  "EXPOSE 80",
			Good: "EXPOSE 8080",
		},
	}
}

const openshift = "https://docs.openshift.com/container-platform/latest/openshift_images/create-images.html"

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
		c.find(Error, "index", "build with --provenance=false for one platform", "Lambda takes no index; name the image by the digest of its manifest, or build it alone")
	}
	if c.Platform != "linux/amd64" && c.Platform != "linux/arm64" {
		c.find(Error, "config.architecture", "", "Lambda runs linux/amd64 and linux/arm64, not %s", c.Platform)
	}
}

func checkLayerSize(limit int64, registry string) func(*checker) {
	return func(c *checker) {
		for i, layer := range c.Manifest.Manifest.Layers {
			if layer.Size > limit {
				c.find(Error, fmt.Sprintf("manifest.layers[%d].size", i), "divide it", "the layer has %d bytes, more than the %d that %s takes", layer.Size, limit, registry)
			}
		}
	}
}

func checkECSLabels(c *checker) {
	for _, key := range slices.Sorted(maps.Keys(c.Config.Config.Labels)) {
		if strings.HasPrefix(key, "com.amazonaws.ecs.") {
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
