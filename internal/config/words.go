package config

import (
	"reflect"
	"slices"
	"strings"
)

// Word is what another tool calls something that a file of modship says in other words.
type Word struct {
	// Words are its names there, in one spelling of each; Of is whose they are.
	Words []string
	Of    string
	// In is the mapping of ours that the word is one of, "" for any.
	In string
	// Keys are ours, none if there is no key for it; Note says what there is, or more.
	Keys []string
	Note string
}

// The tools.
const (
	ofDockerfile = "Dockerfile"
	ofCompose    = "compose"
	ofKo         = "ko"
	ofGoreleaser = "goreleaser"
	ofGo         = "go"
)

// Mappings that have words of others as their own.
const (
	inFiles       = "image.files[]"
	inHealthcheck = "image.healthcheck"
)

// OtherWords is the table of them.
func OtherWords() []Word {
	return []Word{
		{[]string{"from"}, ofDockerfile, "", []string{"image.base"}, ""},
		{[]string{"copy", "add"}, ofDockerfile, "", []string{"image.files"}, ""},
		{[]string{"run"}, ofDockerfile, "", []string{"source"}, "nothing is run but go build: what another build makes is laid over the context"},
		{[]string{"expose"}, ofDockerfile, "", []string{"image.ports"}, ""},
		{[]string{"arg"}, ofDockerfile, "", []string{"args"}, ""},
		{[]string{"label"}, ofDockerfile, "", []string{"image.labels"}, ""},
		{[]string{"volume"}, ofDockerfile, "", []string{"image.volumes"}, ""},
		{[]string{"chown"}, ofDockerfile, inFiles, []string{"image.files[].owner"}, ""},
		{[]string{"chmod"}, ofDockerfile, inFiles, []string{"image.files[].mode"}, ""},
		{[]string{"exclude"}, ofDockerfile, inFiles, nil, "what .dockerignore names is not in the context"},
		{[]string{"cmd"}, ofDockerfile, inHealthcheck, []string{"image.healthcheck.test"}, "a list of words"},
		{[]string{"maintainer"}, ofDockerfile, "", []string{"metadata.authors"}, ""},
		{[]string{"shell", "onbuild"}, ofDockerfile, "", nil, "nothing is run in the image"},

		{[]string{"command"}, ofCompose, "", []string{"image.cmd"}, ""},
		{[]string{"environment"}, ofCompose, "", []string{"image.env"}, ""},
		{[]string{"env_file"}, ofCompose, "", []string{"image.env"}, "the variables stand in the file itself"},
		{[]string{"working_dir"}, ofCompose, "", []string{"image.workdir"}, ""},
		{[]string{"stop_signal"}, ofCompose, "", []string{"image.stopSignal"}, ""},
		{[]string{"build_args"}, ofCompose, "", []string{"args"}, "values are given with --build-arg"},
		{[]string{"additional_contexts", "contexts"}, ofCompose, "", []string{"source", "image.files"}, "contexts are given with --build-context"},
		{[]string{"cache_from"}, ofCompose, "", nil, "it is the flag --cache-from"},
		{[]string{"cache_to"}, ofCompose, "", nil, "it is the flag --cache-to"},
		{[]string{"no_cache"}, ofCompose, "", nil, "it is the flag --no-cache"},
		{[]string{"secrets"}, ofCompose, "", nil, "it is the flag --secret"},
		{[]string{"ssh"}, ofCompose, "", nil, "it is the flag --ssh"},
		{[]string{"context"}, ofCompose, "", nil, "the folder to build is the argument of the command"},
		{[]string{"dockerfile", "dockerfile_inline"}, ofCompose, "", nil, "this file takes its place"},
		{[]string{"source"}, ofCompose, inFiles, []string{"image.files[].from"}, ""},
		{[]string{"target"}, ofCompose, inFiles, []string{"image.files[].to"}, ""},
		{[]string{"uid", "gid"}, ofCompose, inFiles, []string{"image.files[].owner"}, ""},
		{[]string{"disable"}, ofCompose, inHealthcheck, nil, "without image.healthcheck there is none: that of a base is not taken over"},
		{[]string{"target"}, ofCompose, "build", nil, "it is the flag --target"},
		{[]string{"version"}, ofCompose, "", nil, "the file has none; that of the image is that of the commit"},
		{[]string{"services"}, ofCompose, "", []string{"targets"}, ""},
		{[]string{"container_name", "depends_on", "networks", "restart"}, ofCompose, "", nil, "it belongs to who runs the image"},

		{[]string{"defaultBaseImage", "base_image"}, ofKo, "", []string{"image.base"}, ""},
		{[]string{"baseImageOverrides"}, ofKo, "", []string{"targets", "image.base"}, "each target may have a base of its own"},
		{[]string{"defaultPlatforms"}, ofKo, "", []string{"platforms"}, ""},
		{[]string{"defaultLdflags"}, ofKo, "", []string{"build.ldflags"}, ""},
		{[]string{"defaultFlags", "flags"}, ofKo, "", []string{"build.tags", "build.ldflags"}, "-trimpath is always set"},
		{[]string{"defaultEnv"}, ofKo, "", []string{"build.env"}, ""},
		{[]string{"defaultAppDirectory", "appDir"}, ofKo, "", []string{"image.path"}, ""},
		{[]string{"linuxCapabilities"}, ofKo, "", nil, "capabilities belong to who runs the image"},

		{[]string{"builds"}, ofGoreleaser, "", []string{"targets"}, ""},
		{[]string{"id"}, ofGoreleaser, "", []string{"targets"}, "the name of a target is its key"},
		{[]string{"dir"}, ofGoreleaser, "", []string{"module"}, ""},
		{[]string{"binary"}, ofGoreleaser, "", []string{"image.path"}, ""},
		{[]string{"goos", "goarch", "goarm", "goamd64", "goarm64"}, ofGoreleaser, "", []string{"platforms"}, ""},
		{[]string{"extra_files"}, ofGoreleaser, "", []string{"image.files"}, ""},
		{[]string{"src", "glob"}, ofGoreleaser, inFiles, []string{"image.files[].from"}, ""},
		{[]string{"dst", "dest", "destination"}, ofGoreleaser, inFiles, []string{"image.files[].to"}, ""},
		{[]string{"project_name"}, ofGoreleaser, "", []string{"metadata.title"}, ""},
		{[]string{"image_templates", "repositories", "repository", "bare", "preserve_import_paths"}, ofGoreleaser, "", nil, "names are given with --tag"},
		{[]string{"mod_timestamp", "creation_time", "ko_data_creation_time"}, ofGoreleaser, "", nil, "times are those of the commit, or of the build argument SOURCE_DATE_EPOCH"},
		{[]string{"sboms"}, ofGoreleaser, "", []string{"sbom"}, ""},
		{[]string{"dockers", "kos", "docker_manifests"}, ofGoreleaser, "", []string{"targets", "image.base"}, "an index of several platforms is made by itself"},
		{[]string{"buildmode"}, ofGoreleaser, "", []string{"cgo.pie"}, ""},
		{[]string{"gcflags", "asmflags"}, ofGoreleaser, "", nil, "the compiler gets no flags of the user"},
		{[]string{"hooks", "before"}, ofGoreleaser, "", []string{"source"}, "nothing is run but go build: what another build makes is laid over the context"},

		{[]string{"CGO_ENABLED"}, ofGo, "", []string{"cgo.enabled"}, ""},
		{[]string{"goVersion", "golang", "toolchain"}, ofGo, "", []string{"go"}, ""},
		{[]string{"GOPROXY"}, ofGo, "", []string{"modules.proxy"}, ""},
		{[]string{"GOPRIVATE"}, ofGo, "", []string{"modules.private"}, ""},
		{[]string{"GOSUMDB"}, ofGo, "", []string{"modules.sumdb"}, ""},
		{[]string{"GOEXPERIMENT"}, ofGo, "", []string{"build.env"}, ""},
		{[]string{"GOFLAGS"}, ofGo, "", []string{"build.tags", "build.ldflags"}, ""},
	}
}

// Help says what the word is called here.
func (w Word) Help() string {
	if len(w.Keys) == 0 {
		return w.Note
	}
	help := "it is called " + strings.Join(w.Keys, " or ") + " here"
	if w.Note != "" {
		help += ": " + w.Note
	}
	return help
}

// otherWord finds a key of a mapping in the table, in whatever spelling: env_file, env-file and envFile are one.
func otherWord(key string, in reflect.Type) (Word, bool) {
	key = oneSpelling(key)
	all := OtherWords()
	i := slices.IndexFunc(all, func(w Word) bool {
		return (w.In == "" || mappings()[w.In] == in) &&
			slices.ContainsFunc(w.Words, func(word string) bool { return oneSpelling(word) == key })
	})
	if i < 0 {
		return Word{}, false
	}
	return all[i], true
}

func oneSpelling(key string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(key))
}
