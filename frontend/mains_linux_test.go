package frontend

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/testing/gatewaytest"
)

// twoMains has two programs in one image, each with a variable that is stamped, and a package that one of them imports.
const twoMains = `
-- go.mod --
module example.com/two

go 1.26

toolchain $GO
-- cmd/server/main.go --
package main

var version = "dev"

func main() { println("server", version) }
-- cmd/migrate/main.go --
package main

import "example.com/two/schema"

var version = "schema 7"

func main() { println("migrate", version, schema.Text) }
-- schema/schema.go --
package schema

const Text = "x"
-- modship.yaml --
# syntax=modship
main: [./cmd/server, ./cmd/migrate]
image: {path: /app/, base: base.example/a:1}
`

// TestSeveralPrograms: an image with two programs has both, starts the first, and says of both what they are made of.
func TestSeveralPrograms(t *testing.T) {
	c := newClient(t, twoMains)
	c.AddImage("base.example/a:1", gatewaytest.Root{Dir: t.TempDir(), Config: ocispecs.Image{Platform: gatewaytest.Platform()}})
	git(t, c)
	res := mustBuild(t, c)
	for _, name := range []string{"app/server", "app/migrate"} {
		if stat, err := res.Ref.StatFile(t.Context(), gateway.StatRequest{Path: name}); err != nil || stat.Mode != 0o755 {
			t.Errorf("%s: %v, %v", name, stat, err)
		}
	}
	var image ocispecs.Image
	if err := json.Unmarshal(res.Metadata[exptypes.ExporterImageConfigKey], &image); err != nil {
		t.Fatal(err)
	}
	if got := image.Config.Entrypoint; !slices.Equal(got, []string{"/app/server"}) || image.Config.Labels[ocispecs.AnnotationTitle] != "server" {
		t.Errorf("it starts %q and is called %q", got, image.Config.Labels[ocispecs.AnnotationTitle])
	}
	if said := string(res.Metadata[InlineMessage]); strings.Count(said, "\n") != 2 || !strings.Contains(said, "/app/server ") || !strings.Contains(said, "/app/migrate ") {
		t.Errorf("it says\n%s", said)
	}
	wantWarnings(t, c, `main.version has the value "schema 7" and keeps it`)
	if ran := slices.DeleteFunc(c.Ran(), func(name string) bool { return !strings.Contains(name, "compile] ") }); len(ran) != 1 {
		t.Errorf("it compiled in %q", ran)
	}

	c.Options["target"] = "sbom"
	text, err := mustBuild(t, c).Ref.ReadFile(t.Context(), gateway.ReadRequest{Filename: "server-linux-" + runtime.GOARCH + ".spdx.json"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"./app/server"`, `"./app/migrate"`, `"example.com/two/cmd/server"`, `"example.com/two/cmd/migrate"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the SBOM lacks %s", want)
		}
	}
}

// TestSeveralProgramsInputs: an image is made of what any of its programs is made of.
func TestSeveralProgramsInputs(t *testing.T) {
	var got Inputs
	ask(t, newClient(t, twoMains), "modship.inputs", &got)
	if want := []string{"cmd/migrate", "cmd/server", "schema"}; !slices.Equal(got.Packages, want) {
		t.Errorf("the packages are %q, want %q", got.Packages, want)
	}
}

// TestSeveralProgramsVerified: a second program that is not what the image says is refused as the first would be.
func TestSeveralProgramsVerified(t *testing.T) {
	c := newClient(t, strings.Replace(twoMains, "image: {path: /app/, base: base.example/a:1}", "", 1))
	other := map[string]string{"amd64": "arm64"}[runtime.GOARCH]
	if other == "" {
		other = "amd64"
	}
	c.Steps["compile"] = func(ctx context.Context, s *gatewaytest.Step) error {
		for name, arch := range map[string]string{"server": runtime.GOARCH, "migrate": other} {
			if err := compileFor(arch)(ctx, s); err != nil {
				return err
			}
			dir := filepath.Join(s.Folder(request.Out), "usr/local/bin")
			if err := os.Rename(filepath.Join(dir, "hello"), filepath.Join(dir, name)); err != nil {
				return err
			}
		}
		return nil
	}
	if _, err := FromClient(t.Context(), c); err == nil || !strings.Contains(err.Error(), "verifying usr/local/bin/migrate in the image for linux/") {
		t.Errorf("a program for another machine: %v", err)
	}
}
