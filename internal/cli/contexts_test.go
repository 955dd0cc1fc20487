package cli

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/diag"
)

// writeLayout makes an OCI layout of which one manifest has the tag.
func writeLayout(t *testing.T, tag string) (dir string, manifest digest.Digest) {
	t.Helper()
	dir = t.TempDir()
	manifest = digest.FromString("manifest")
	index, err := json.Marshal(ocispecs.Index{Manifests: []ocispecs.Descriptor{{
		Digest:      manifest,
		Annotations: map[string]string{ocispecs.AnnotationRefName: tag},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, dir, "oci-layout", `{"imageLayoutVersion":"1.0.0"}`)
	writeFile(t, dir, "index.json", string(index))
	return dir, manifest
}

func TestParseContexts(t *testing.T) {
	lib := t.TempDir()
	layout, manifest := writeLayout(t, "v1")
	latest, manifestLatest := writeLayout(t, "latest")
	var mistakes diag.List
	got := ContextOptions{
		"lib=" + lib,
		"context=" + lib,
		"debian:latest=docker-image://debian@sha256:" + digits,
		"alpine:3=https://example.com/alpine.git#main",
		"other=git@example.com:x/y.git",
		"tagged=oci-layout://" + layout + ":v1",
		"pinned=oci-layout://" + layout + "@" + manifest.String(),
		"untagged=oci-layout://" + latest,
		"github.com/BurntSushi/toml=docker-image://toml",
	}.parse([]string{"context", "dockerfile", "modship-step"}, &mistakes)
	if mistakes != nil {
		t.Fatal(mistakes.Err())
	}
	want := map[string]string{
		"context:lib":                        "local:lib",
		"context:context":                    "local:_context",
		"context:debian":                     "docker-image://debian@sha256:" + digits,
		"context:alpine:3":                   "https://example.com/alpine.git#main",
		"context:other":                      "git@example.com:x/y.git",
		"context:tagged":                     "oci-layout://context0@" + manifest.String(),
		"context:pinned":                     "oci-layout://context1@" + manifest.String(),
		"context:untagged":                   "oci-layout://context2@" + manifestLatest.String(),
		"context:github.com/burntsushi/toml": "docker-image://toml",
	}
	if diff := cmp.Diff(want, got.attrs); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"_context", "lib"}, slices.Sorted(maps.Keys(got.locals))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"context0", "context1", "context2"}, slices.Sorted(maps.Keys(got.stores))); diff != "" {
		t.Error(diff)
	}
}

func TestParseContextsMistakes(t *testing.T) {
	layout, _ := writeLayout(t, "v1")
	none := filepath.Join(t.TempDir(), "none")
	var mistakes diag.List
	ContextOptions{
		"lib", "=x", "lib=", "../lib=.",
		"lib=https://me:canary@git.example/lib.git", "lib=https://canary@git.example/lib.tar.gz", "lib=https://me:can/ary@git.example/lib.git",
		"lib=" + none,
		"x=oci-layout://" + none,
		"x=oci-layout://" + layout + ":v2",
		"x=oci-layout://" + layout + "@sha256:12",
	}.parse(nil, &mistakes)
	want := []string{
		`--build-context: "lib": want NAME=VALUE`,
		`--build-context: "=x": want NAME=VALUE`,
		`--build-context: "lib=": want NAME=VALUE`,
		`--build-context: "../lib=.": invalid name: invalid reference format`,
		`--build-context: "lib": the address has a user name or a password in it, which would be kept in the record of the build; take it out, and give --secret id=GIT_AUTH_TOKEN.git.example,env=VARIABLE`,
		`--build-context: "lib": the address has a user name or a password in it, which would be kept in the record of the build; take it out, and give --secret id=GIT_AUTH_TOKEN.git.example,env=VARIABLE`,
		`--build-context: "lib": the address has a user name or a password in it, which would be kept in the record of the build; take it out, and give --secret id=GIT_AUTH_TOKEN.HOST,env=VARIABLE`,
		`--build-context: "lib=` + none + `": stat ` + none + `: no such file or directory`,
		`--build-context: "x=oci-layout://` + none + `": ` + none + ` is no OCI layout: it has no index.json`,
		`--build-context: "x=oci-layout://` + layout + `:v2": the layout has no tag "v2"`,
		`--build-context: "x=oci-layout://` + layout + `@sha256:12": "sha256:12": invalid checksum digest length`,
	}
	if diff := cmp.Diff(want, messages(mistakes)); diff != "" {
		t.Error(diff)
	}
	if exists(none) {
		t.Error("looking for a layout has created it")
	}
}
