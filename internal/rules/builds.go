package rules

const (
	goModReplace   = "https://go.dev/ref/mod#go-mod-file-replace"
	goModExclude   = "https://go.dev/ref/mod#go-mod-file-exclude"
	goModRetract   = "https://go.dev/ref/mod#go-mod-file-retract"
	goModDeprecate = "https://go.dev/ref/mod#go-mod-file-module-deprecation"
	goSum          = "https://go.dev/ref/mod#go-sum-files"
	goToolchain    = "https://go.dev/doc/toolchain"
)

// The IDs of rules for builds, for what finds where they are broken.
const (
	User          = "user"
	Labels        = "labels"
	Secrets       = "secrets"
	LocalReplace  = "local-replace"
	UnusedReplace = "unused-replace"
	Exclude       = "exclude"
	MissingSum    = "missing-sum"
	Retracted     = "retracted"
	Deprecated    = "deprecated"
	GoToolchain   = "go-toolchain"
	UnpinnedBase  = "unpinned-base"
	Stamp         = "stamp"
	KeptStamp     = "kept-stamp"
	Dockerignore  = "dockerignore"
	GitLFS        = "git-lfs"
	UnusedContext = "unused-context"
	FilesPlatform = "files-platform"
)

// sharedRules are for images and for builds.
func sharedRules() []Rule {
	return []Rule{
		{
			ID: Secrets, Level: Warn, For: Images | Builds, Spec: "https://docs.docker.com/build/building/secrets/",
			What: "Environment, arguments, labels and command line hold no secret.",
			Why: "Whoever can pull an image can read its configuration, and build arguments are in its history or provenance. " +
				"A name such as API_TOKEN with a value is found, and so is a value that has the form of a key, whatever its name is. The finding does not repeat the value.",
			Bad:  "image: {env: {API_TOKEN: s3cr3t}}",
			Good: "image: {env: {API_TOKEN_FILE: /run/secrets/api-token}}    # and mount it where the program runs",
		},
		{
			ID: UnpinnedBase, Level: Info, For: Images | Builds, Spec: "https://docs.docker.com/build/building/best-practices/#pin-base-image-versions",
			What: "Images that something is built from are named with a digest.",
			Why:  "A tag may be moved. A build takes one digest for all platforms and says in the image which it was, but a rebuild of the same commit may take another.",
			Bad:  "image: {base: \"registry.example/base:1\"}",
			Good: "image: {base: \"registry.example/base:1@sha256:0b0a30b1b6ab5d35f9bb1a8d8a6dbb0ec9a1a1d6a4f1b1a35a3a2d5c11f0e4b7\"}",
		},
	}
}

// buildRules are for builds alone.
func buildRules() []Rule {
	return []Rule{
		{
			ID: LocalReplace, Level: Warn, For: Builds, Spec: goModReplace,
			What: "No replace directive that takes effect leads to a folder.",
			Why: "The program then has code that no version names: its build information says (devel), scanners match no advisory, and nobody who requires the " +
				"module gets that code. `go install` of the module refuses it as well. In a repository of several modules a go.work does the same without being in force for others.",
			Bad:  "// go.mod\nreplace example.com/lib => ../lib",
			Good: "// go.work\nuse (\n\t./app\n\t./lib\n)",
		},
		{
			ID: UnusedReplace, Level: Warn, For: Builds, Spec: goModReplace,
			What: "Each replace directive takes effect.",
			Why:  "One for a version or a module that nothing requires replaces nothing: what was to be patched is not. It was left behind by an update, or its version has a typing mistake.",
			Bad:  "require example.com/lib v1.3.0\nreplace example.com/lib v1.2.0 => example.com/fork v1.2.1",
			Good: "require example.com/lib v1.3.0\nreplace example.com/lib v1.3.0 => example.com/fork v1.3.1",
		},
		{
			ID: Exclude, Level: Warn, For: Builds, Spec: goModExclude,
			What: "There is no exclude directive.",
			Why:  "It is in force in this module alone: whoever requires the module may get the version that is excluded. `go install` of the module refuses it. A newer version that is required says the same to all.",
			Bad:  "exclude example.com/lib v1.3.0",
			Good: "require example.com/lib v1.3.1",
		},
		{
			ID: MissingSum, Level: Error, For: Builds, OnDemand: true, Spec: goSum,
			What: "go.sum has the hashes of all modules that go.mod requires.",
			Why:  "Nothing is built of a module that nobody vouches for. The build fails when a package of it is needed; here the line is found before anything is fetched.",
			Bad:  "go get example.com/lib@v1.3.0 && git add go.mod",
			Good: "go mod tidy && git add go.mod go.sum",
		},
		{
			ID: Retracted, Level: Warn, For: Builds, OnDemand: true, Spec: goModRetract,
			What: "No version that go.mod requires directly has been retracted.",
			Why:  "Its authors say that it must not be used: it was published by mistake, or has a grave fault. `go build` does not tell.",
			Bad:  "require example.com/lib v1.3.0    // retracted: loses data",
			Good: "require example.com/lib v1.3.1",
		},
		{
			ID: Deprecated, Level: Warn, For: Builds, OnDemand: true, Spec: goModDeprecate,
			What: "No module that go.mod requires directly is deprecated.",
			Why:  "Nobody mends it any more, and its last version mostly says what takes its place.",
			Bad:  "require example.com/lib v1.3.0    // Deprecated: use example.com/lib/v2",
			Good: "require example.com/lib/v2 v2.0.0",
		},
		{
			ID: GoToolchain, Level: Info, For: Builds, Spec: goToolchain,
			What: "go.mod or the configuration names the exact version of Go.",
			Why: "With a go line alone a build takes the newest patch of it: that has the newest security fixes, and a rebuild of an old commit gives another program " +
				"as soon as there is a newer patch. A toolchain line keeps both in the hands of who updates it.",
			Bad:  "go 1.26.0",
			Good: "go 1.26.0\n\ntoolchain go1.26.8",
		},
		{
			ID: Stamp, Level: Warn, For: Builds, Spec: "https://pkg.go.dev/cmd/link",
			What: "No flag -X in build.ldflags sets a variable that the build stamps.",
			Why: "Variables of package main such as version and commit get the same values as the labels. A flag that sets one puts another value in their place, " +
				"which the labels do not have: the program and its image then name two versions.",
			Bad:  "build: {ldflags: [\"-X=main.version=1.2.3\"]}",
			Good: "build: {stamp: {main.version: \"${version}\"}}    # or nothing: it is stamped by its name",
		},
		{
			ID: KeptStamp, Level: Warn, For: Builds, Late: true, Spec: "https://pkg.go.dev/cmd/link",
			What: "Variables that are named as if they were stamped have no value of their own.",
			Why: "A variable of package main such as version that has a value keeps it, because the value may be meant. The program then says something else than its labels. " +
				"So does one of several programs in an image that has a variable of `build.stamp` in a form that the linker cannot set.",
			Bad:  "var version = \"1.0.0\"",
			Good: "var version string",
		},
		{
			ID: Dockerignore, Level: Error, For: Builds, Fixed: true, Spec: "https://docs.docker.com/build/concepts/context/#dockerignore-files",
			What: ".dockerignore leaves nothing out that the build needs.",
			Why: "What it leaves out is not there for the build, as if it had never been: without go.sum nothing can be verified, without a go.mod a replacement or a workspace breaks, " +
				"and files for the image are missing.",
			Bad:  "# .dockerignore\n*.sum",
			Good: "# .dockerignore\n*.sum\n!go.sum",
		},
		{
			ID: GitLFS, Level: Warn, For: Builds, Spec: "https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md",
			What: "No file of the program or of the image is a pointer of Git LFS.",
			Why: "A checkout without Git LFS has some lines of text where the file should be, and the program gets those. " +
				"`--call=check` looks at the files that `image.files` names; what a program embeds is looked at when it is built.",
			Bad:  "git clone https://github.com/me/app    # on a machine without Git LFS",
			Good: "git lfs install && git clone https://github.com/me/app",
		},
		{
			ID: UnusedContext, Level: Warn, For: Builds, Spec: "https://docs.docker.com/reference/cli/docker/buildx/build/#build-context",
			What: "Each named context stands in for an image that the configuration names or for a module outside of the context, or is one that files are taken from.",
			Why:  "A name with a typing mistake has no effect: the build takes the image from its registry all the same.",
			Bad:  "docker buildx build --build-context registry.example/bsae:1=oci-layout://base .",
			Good: "docker buildx build --build-context registry.example/base:1=oci-layout://base .",
		},
		{
			ID: FilesPlatform, Level: Warn, For: Builds, Spec: "https://docs.docker.com/reference/build-checks/invalid-base-image-platform/",
			What: "What `image.files` takes of an image is of the platform that is built.",
			Why: "A registry gives an image for one platform to whoever asks for it, and so does the target of a bake file that builds for the machine alone. A page or a certificate is " +
				"the same on all platforms; a program or a library of another one does not start.",
			Bad:  "image: {files: [{context: registry.example/tools-amd64:1, from: bin/tool, to: /usr/bin/tool}]}",
			Good: "image: {files: [{context: registry.example/tools:1, from: bin/tool, to: /usr/bin/tool}]}    # an index of all platforms",
		},
	}
}
