package rules

const (
	ociAnnotations = "https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md"
	ociConfig      = "https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md"
	ociIndex       = "https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md"
	ociManifest    = "https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md"
	goBuildInfo    = "https://pkg.go.dev/debug/buildinfo"
)

// imageRules hold everywhere.
func imageRules() []Rule {
	return []Rule{
		{
			ID: "platform", Level: Error, For: Images, Spec: ociIndex,
			What: "The configuration names its platform in normalised form, as the index does, and the program is for that platform.",
			Why: "A node picks an image by what the index says. If the program is for another processor, it ends with \"exec format error\", " +
				"or it runs slowly under emulation and nobody notices. A level (GOAMD64, GOARM) above that of the platform ends with an illegal instruction. " +
				"Other programs and libraries for processors that the platform does not run are a warning.",
			Bad:  "FROM --platform=$BUILDPLATFORM golang AS build\nRUN go build -o /app .        # for the build machine\nFROM scratch\nCOPY --from=build /app /app",
			Good: "FROM --platform=$BUILDPLATFORM golang AS build\nARG TARGETOS TARGETARCH\nRUN GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /app .\nFROM scratch\nCOPY --from=build /app /app",
		},
		{
			ID: "source", Level: Warn, For: Images, Spec: ociAnnotations,
			What: "`org.opencontainers.image.source` is an https URL without credentials, of the repository that the module path names.",
			Why: "Registries link a package to its repository by it, tools for updates look for release notes there. A URL with a password publishes it. " +
				"What names another repository than the program's module was left over from a base image or a template.",
			Bad:  "LABEL org.opencontainers.image.source=\"git@github.com:me/app.git\"",
			Good: "LABEL org.opencontainers.image.source=\"https://github.com/me/app\"",
		},
		{
			ID: "revision", Level: Error, For: Images, Spec: ociAnnotations,
			What: "`org.opencontainers.image.revision` is the full hash of a commit, and the one that the program was built from.",
			Why:  "Whoever looks for the source of a running image finds another program's, or with a short hash in time none.",
			Bad:  "LABEL org.opencontainers.image.revision=\"3f2a91c\"",
			Good: "LABEL org.opencontainers.image.revision=\"3f2a91c0b7d64e1f85a2c9d3e6f7081a2b3c4d5e\"",
		},
		{
			ID: "version", Level: Error, For: Images, Spec: ociAnnotations,
			What: "`org.opencontainers.image.version` is a semantic version or a pseudo-version of Go, and the one that the program has.",
			Why:  "Scanners compare versions with advisories; tools for updates order them. One that the program itself contradicts is wrong on one side.",
			Bad:  "LABEL org.opencontainers.image.version=\"latest\"",
			Good: "LABEL org.opencontainers.image.version=\"v1.4.2\"",
		},
		{
			ID: "created", Level: Error, For: Images, Spec: ociAnnotations,
			What: "`org.opencontainers.image.created` is a time of RFC 3339 in UTC, equals `created` of the configuration, and is not in the future.",
			Why:  "Policies about the age of images, and registries that clean up, go by it.",
			Bad:  "LABEL org.opencontainers.image.created=\"Mon Jan 2 15:04:05 2026\"",
			Good: "LABEL org.opencontainers.image.created=\"2026-01-02T15:04:05Z\"",
		},
		{
			ID: "consistency", Level: Error, For: Images, Spec: ociAnnotations,
			What: "Labels, annotations of the manifest and annotations of the index do not contradict each other, and what registries show is on the index.",
			Why: "Each tool reads another of the three. A registry shows the index's, a scanner the labels: with two values, one of them is told " +
				"something that is not so. A page of a multi-platform image stays blank if only its labels describe it.",
			Bad:  "LABEL org.opencontainers.image.version=\"v1.4.1\"    # a label of the base image, while the annotation says v1.4.2",
			Good: "LABEL org.opencontainers.image.version=\"v1.4.2\"\n# docker buildx build --annotation index,manifest:org.opencontainers.image.version=v1.4.2",
		},
		{
			ID: "user", Level: Error, For: Images | Builds, Fixed: true, Spec: ociConfig,
			What: "The user is a number, in the range from 1 to 2147483647, and a group that has a name is in the image.",
			Why: "Kubernetes' runAsNonRoot refuses an image whose user is a name, 0 or not set: it cannot tell a name from root. `0:0`, `00` and `+0` are root, too. " +
				"A name that /etc/passwd lacks, and a number that is out of range, keep the container from starting on every runtime. " +
				"With `--platform openshift` it is of the level `info`: OpenShift starts containers as a random user, whatever the image says; its guide asks for a number all the same.",
			Bad:  "USER app",
			Good: "USER 1001:1001",
		},
		{
			ID: "go-version", Level: Error, For: Images, Spec: goBuildInfo,
			What: "`golang.org/version` is the version of Go that the program says it was built with.",
			Why:  "Who looks for images with a Go version that has to be replaced goes by the label and misses the image.",
			Bad:  "LABEL golang.org/version=\"1.26\"",
			Good: "LABEL golang.org/version=\"go1.26.8\"    # as go version ./app prints it",
		},
		{
			ID: "go-module", Level: Error, For: Images, Spec: goBuildInfo,
			What: "`golang.org/module` is the path of the main module that the program says it was built from.",
			Why:  "The label names the program in lists of what is deployed; a wrong one names another.",
			Bad:  "LABEL golang.org/module=\"app\"",
			Good: "LABEL golang.org/module=\"github.com/me/app\"",
		},
		{
			ID: "go-build-id", Level: Error, For: Images, Spec: goBuildInfo,
			What: "`golang.org/build-id` is the build ID of the program.",
			Why:  "Profiles and core dumps find the image of a program by its build ID. It differs by platform: one value for all is wrong for some.",
			Bad:  "LABEL golang.org/build-id=\"abc/def\"    # the same for all platforms",
			Good: "LABEL golang.org/build-id=\"$(go tool buildid app)\"    # of this platform's program",
		},
		{
			ID: "startable", Level: Error, For: Images, Spec: ociConfig,
			What: "The program exists and is executable; its interpreter, the libraries that it needs and their symbol versions are in the image.",
			Why:  "Otherwise it ends with \"no such file or directory\" or \"version GLIBC_… not found\" where it is deployed, and not before.",
			Bad:  "FROM golang AS build\nRUN go build -o /app .        # links glibc\nFROM scratch\nCOPY --from=build /app /app",
			Good: "FROM golang AS build\nRUN CGO_ENABLED=0 go build -o /app .\nFROM scratch\nCOPY --from=build /app /app",
		},
		{
			ID: "labels", Level: Error, For: Images | Builds, Fixed: true, Spec: "https://github.com/containerd/containerd/blob/main/labels/validate.go",
			What: "No label is one that runtimes act upon, and key and value have at most 4096 bytes.",
			Why: "containerd gives an image's labels to its containers. One under `containerd.io/` or `io.cri-containerd` is an instruction to the runtime " +
				"(CVE-2026-53488), and one that is too long is lost.",
			Bad:  "LABEL io.cri-containerd.kind=\"sandbox\"",
			Good: "LABEL com.example.kind=\"service\"",
		},
		{
			ID: "media-types", Level: Error, For: Images, Spec: ociManifest,
			What: "The media types of manifest, configuration and layers belong together: all of OCI, or all of Docker, which knows no zstd.",
			Why:  "Docker's manifest with a zstd layer is in no specification. Some runtimes and registries refuse it, others do not, so that it fails only where it is deployed.",
			Bad:  "docker buildx build --output type=image,oci-mediatypes=false,compression=zstd .",
			Good: "docker buildx build --output type=image,oci-mediatypes=true,compression=zstd .",
		},
		{
			ID: "manifest-size", Level: Error, For: Images, Spec: "https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests",
			What: "Index and manifest have at most 4 MiB each.",
			Why:  "Registries need not take larger ones, and the common clients refuse to read them.",
			Bad:  "docker buildx build --annotation \"notes=$(cat CHANGELOG.md)\" .",
			Good: "docker buildx build --annotation org.opencontainers.image.documentation=https://example.com/changes .",
		},
	}
}
