//go:build linux

package integration

import (
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/modship-build/modship/internal/image"
)

const metadataConfig = `
metadata:
  description: Prints what is stamped into it.
  url: https://example.com/stamp
  documentation: https://example.com/stamp/${version}
  vendor: Example Ltd
  authors: Team <team@example.com>
build:
  stamp: {main.flavour: "${target.platform} of ${version}"}
runtime:
  gogc: 200
  gomemlimit: 512MiB
  godebug: {http2client: 0, madvdontneed: 1}
  gotraceback: all
  otel: true
image:
  labels: {com.example.team: core}
  annotations: {com.example.tier: "1", com.example.built-for: "${target.platform}"}
`

// metadataBuild is one way to get the image.
type metadataBuild struct {
	name string
	mode mode
	build
	docker bool // an archive for docker load
}

var metadataBuilds = []metadataBuild{
	{name: "pushed index", mode: client, build: build{push: "metadata:index", platforms: twoPlatforms}},
	{name: "pushed index with provenance", mode: syntax, build: build{push: "metadata:proven", platforms: twoPlatforms,
		flags: []string{"--provenance", "mode=max", "--annotation", "com.example.by=user"}}},
	{name: "pushed image", mode: syntax, build: build{push: "metadata:image", flags: []string{"--provenance=false"}}},
	{name: "pushed image with provenance", mode: client, build: build{push: "metadata:provenimage", flags: []string{"--provenance", "mode=min"}}},
	{name: "OCI archive of an index", mode: syntax, build: build{platforms: twoPlatforms, flags: []string{"--provenance=false"}}},
	{name: "OCI archive", mode: client},
	{name: "docker archive", mode: client, docker: true},
	{name: "docker archive by buildx", mode: syntax, docker: true},
}

// TestMetadata builds one image in every form that it can have, and compares what is said in each of their places with what it
// must be there, and with every other place.
func TestMetadata(t *testing.T) {
	t.Parallel()
	setUp(t)
	baseRef, baseDigest := pushMetadataBase(t)
	dir := newCheckout(t, strings.Replace(metadataConfig, "image:\n", "image:\n  base: "+baseRef+"\n", 1))
	facts := headFacts(t, dir)
	want := metadataWant{
		all: map[string]string{
			"org.opencontainers.image.title":         "stamp",
			"org.opencontainers.image.description":   "Prints what is stamped into it.",
			"org.opencontainers.image.url":           "https://example.com/stamp",
			"org.opencontainers.image.documentation": "https://example.com/stamp/v1.2.3",
			"org.opencontainers.image.source":        stampSource,
			"org.opencontainers.image.revision":      facts.Revision,
			"org.opencontainers.image.version":       stampTag,
			"org.opencontainers.image.created":       stampTime,
			"org.opencontainers.image.licenses":      "MIT",
			"org.opencontainers.image.vendor":        "Example Ltd",
			"org.opencontainers.image.authors":       "Team <team@example.com>",
			"org.opencontainers.image.base.name":     baseRef,
			"golang.org/version":                     "go1.26.11",
			"golang.org/module":                      "example.com/stamp",
		},
		baseDigest: baseDigest,
		buildID:    map[string]string{},
	}
	var all []level
	results := map[string]result{}
	for _, b := range metadataBuilds {
		r, levels := b.run(t, dir)
		results[b.name], all = r, append(all, levels...)
	}
	for id, img := range results["pushed index"].images(t) {
		want.buildID[id] = goBuildID(t, img)
		want.recipe = recipeOf(t, img)
	}
	if got := slices.Sorted(maps.Keys(want.recipe)); !slices.Equal(got, []string{image.KeyConfig, image.KeyStep}) {
		t.Errorf("of how the image is made again there are %q", got)
	}
	for _, l := range all {
		t.Run(l.String(), func(t *testing.T) {
			if diff := cmp.Diff(want.at(l), l.values); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("agreement", func(t *testing.T) {
		// Three indexes of two images, three images and two archives that have labels alone.
		if want := 3*(1+2*3) + 3*2 + 2; len(all) != want {
			t.Errorf("%d levels, want %d: %q", len(all), want, all)
		}
		for i, a := range all {
			for _, b := range all[i+1:] {
				agree(t, a, b, []string{"golang.org/build-id", "com.example.built-for"})
			}
		}
	})
	t.Run("manifests", func(t *testing.T) { sameManifests(t, results) })
	proven := results["pushed index with provenance"]
	t.Run("program", func(t *testing.T) { stampedProgram(t, proven, facts) })
	t.Run("runtime", func(t *testing.T) { runtimeSettings(t, proven, want.all) })
	t.Run("skopeo", func(t *testing.T) { readBySkopeo(t, proven, all) })
	t.Run("imagetools", func(t *testing.T) { readByImagetools(t, proven) })
	t.Run("schemas", func(t *testing.T) { validSchemas(t, results) })
	t.Run("SPDX", func(t *testing.T) { readSPDX(t, results) })
	t.Run("provenance", func(t *testing.T) { readProvenance(t, proven, baseRef, baseDigest, facts.Revision) })
}

// run builds, and reads what is said in the result.
func (b metadataBuild) run(t *testing.T, dir string) (result, []level) {
	t.Helper()
	b.build.dir = dir
	if !b.docker {
		r := b.mode.build(t, b.build)
		return r, levelsOf(t, b.name, r.open(t))
	}
	archive := filepath.Join(t.TempDir(), "docker.tar")
	b.noImage = true
	b.flags = append(slices.Clone(b.flags), "--output", "type=docker,dest="+archive)
	r := b.mode.build(t, b.build)
	r.archive = archive
	return r, dockerLevels(t, b.name, archive)
}

// metadataWant is what must be said.
type metadataWant struct {
	all        map[string]string // everywhere
	baseDigest string
	buildID    map[string]string // by platform
	recipe     map[string]string // everywhere but in labels
}

func (w metadataWant) at(l level) map[string]string {
	values := maps.Clone(w.all)
	if l.kind != indexLevel {
		values["org.opencontainers.image.base.digest"] = w.baseDigest
		values["golang.org/build-id"] = w.buildID[l.platform]
	}
	if l.kind == labelLevel {
		values["com.example.team"] = "core"
		return values
	}
	maps.Copy(values, w.recipe)
	values["com.example.tier"] = "1"
	if l.kind != indexLevel {
		values["com.example.built-for"] = l.platform
	}
	if l.kind == manifestLevel && l.build == "pushed index with provenance" {
		values["com.example.by"] = "user"
	}
	return values
}

// pushMetadataBase pushes an image for two platforms that says much of itself.
func pushMetadataBase(t *testing.T) (ref, digest string) {
	t.Helper()
	index := indexOf(t, func(arch string) (v1.Image, error) {
		return newBase(v1.Config{Labels: map[string]string{
			"org.opencontainers.image.title": "base", "org.opencontainers.image.ref.name": "base", "com.example.of-the-base": "yes",
		}}, imageFile{name: "etc/base-" + arch, mode: 0o644, data: []byte(arch)})
	})
	ref, err := lab.pushIndex("base/metadata:1", index)
	if err != nil {
		t.Fatal(err)
	}
	return ref, digestOfIndex(t, index)
}

// recipeOf gives what an image says of how it is made again.
func recipeOf(t *testing.T, img v1.Image) map[string]string {
	t.Helper()
	manifest, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for _, k := range image.RecipeKeys() {
		if value, ok := manifest.Annotations[k.Name]; ok {
			said[k.Name] = value
		}
	}
	return said
}

// goBuildID asks the go command for the build ID of an image's program.
func goBuildID(t *testing.T, img v1.Image) string {
	t.Helper()
	out, code := run(t, exec.CommandContext(t.Context(), "go", "tool", "buildid", programOf(t, img).file))
	if code != 0 {
		t.Fatalf("go tool buildid: %s", out)
	}
	return strings.TrimSpace(out)
}

// sameManifests sees to it that attestations and exporters change nothing in an image. An annotation on the command line does.
func sameManifests(t *testing.T, results map[string]result) {
	same := func(a, b string) {
		t.Helper()
		if diff := cmp.Diff(digests(t, results[a]), digests(t, results[b])); diff != "" {
			t.Errorf("%s and %s (-first +second):\n%s", a, b, diff)
		}
	}
	same("pushed index", "OCI archive of an index")
	same("pushed image", "OCI archive")
	same("pushed image", "pushed image with provenance")
	one, index := digests(t, results["pushed image"]), digests(t, results["pushed index"])
	if one["linux/amd64"] != index["linux/amd64"] {
		t.Errorf("the image alone is %s, in the index %s", one["linux/amd64"], index["linux/amd64"])
	}
}

// stampedProgram runs the program of every platform, and reads what `go version -m` prints.
func stampedProgram(t *testing.T, r result, facts commitFacts) {
	for id, img := range r.images(t) {
		p := programOf(t, img)
		want := "version=v1.2.3\ncommit=" + facts.Revision + "\ndate=" + stampTime + "\nflavour=" + id + " of v1.2.3\n1\n"
		if diff := cmp.Diff(want, p.output(t)); diff != "" {
			t.Errorf("%s prints (-want +got):\n%s", id, diff)
		}
		out, _ := run(t, exec.CommandContext(t.Context(), "go", "version", "-m", p.file))
		for _, line := range []string{
			"mod\texample.com/stamp\tv1.2.3\t", "build\tvcs=git", "build\tvcs.revision=" + facts.Revision,
			"build\tvcs.time=" + stampTime, "build\tvcs.modified=false",
		} {
			if !strings.Contains(out, "\t"+line) {
				t.Errorf("%s: no line %q in go version -m:\n%s", id, line, out)
			}
		}
	}
}

// runtimeSettings reads the environment that the block runtime makes.
func runtimeSettings(t *testing.T, r result, labels map[string]string) {
	want := map[string]string{
		"GOGC": "200", "GOMEMLIMIT": "512MiB", "GODEBUG": "http2client=0,madvdontneed=1", "GOTRACEBACK": "all",
		"OTEL_SERVICE_NAME": "stamp",
		"OTEL_RESOURCE_ATTRIBUTES": strings.Join([]string{
			"service.version=v1.2.3", "process.runtime.version=go1.26.11",
			"vcs.ref.head.revision=" + labels["org.opencontainers.image.revision"], "vcs.repository.url.full=" + stampSource,
		}, ","),
	}
	for id, img := range r.images(t) {
		file, err := img.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, among(want, envMap(file.Config.Env))); diff != "" {
			t.Errorf("environment of %s (-want +got):\n%s", id, diff)
		}
	}
}
