package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/modship-build/modship/internal/imagetool"
	"github.com/modship-build/modship/internal/ocidiff"
	"github.com/modship-build/modship/internal/testing/hostile"
)

// image is one for two platforms; arm64's has a user.
func image(t *testing.T, user string) v1.ImageIndex {
	t.Helper()
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, arch := range []string{"amd64", "arm64"} {
		config := &v1.ConfigFile{OS: "linux", Architecture: arch, RootFS: v1.RootFS{Type: "layers"}}
		if arch == "arm64" {
			config.Config.User = user
		}
		img, err := mutate.ConfigFile(mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON), config)
		if err == nil {
			img, err = mutate.AppendLayers(img, static.NewLayer([]byte(arch), types.OCIUncompressedLayer))
		}
		if err != nil {
			t.Fatal(err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: config.Platform()}})
	}
	return index
}

func layoutOf(t *testing.T, index v1.ImageIndex) string {
	t.Helper()
	dir := t.TempDir()
	p, err := layout.Write(dir, empty.Index)
	if err == nil {
		err = p.AppendIndex(index)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// output gives what the command prints, and wants a code to exit with.
func output(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	cmd := newCommand()
	cmd.SetOut(&out)
	cmd.SetArgs(args)
	if got := imagetool.Code(os.Stderr, cmd.ExecuteContext(t.Context())); got != want {
		t.Errorf("%v: exit code %d\n%s", args, got, &out)
	}
	return out.String()
}

func TestDiff(t *testing.T) {
	index := image(t, "1")
	a, b := "oci:"+layoutOf(t, index), "oci:"+layoutOf(t, image(t, "2"))
	if got := output(t, 0, a, a); !strings.HasPrefix(got, "identical\n") {
		t.Error(got)
	}
	got := output(t, 1, a, b)
	if !strings.HasPrefix(got, "different in metadata only\n") || !strings.HasSuffix(got, "\nlinux/arm64\n  config\n    /config/User: \"1\" → \"2\"  (metadata)\n") {
		t.Error(got)
	}
	if got := output(t, 0, "--ignore", "created,config:/config/User", a, b); !strings.HasPrefix(got, "equal but for what is ignored\n") {
		t.Error(got)
	}
	if got := output(t, 1, "-o", "table", a, a, b); !strings.Contains(got, `│   config /config/User │ "1" │ = │ "2" │`) {
		t.Error(got)
	}
	if got := output(t, 1, "-o", "html", a, b); !strings.HasPrefix(got, "<!DOCTYPE html>") {
		t.Error(got)
	}
	var patch []struct{ Op, Path string }
	if err := json.Unmarshal([]byte(output(t, 1, "-o", "patch", a, b)), &patch); err != nil || len(patch) == 0 {
		t.Errorf("%v, %v", err, patch)
	}
	if got := output(t, 0, "-o", "patch", a, a); got != "[]\n" {
		t.Error(got)
	}
	var result ocidiff.Result
	if err := json.Unmarshal([]byte(output(t, 1, "-o", "json", a, a, b)), &result); err != nil {
		t.Fatal(err)
	}
	if result.Version != 1 || len(result.Comparisons) != 2 || !result.Comparisons[0].Identical || len(result.Comparisons[1].Differences) != 1 {
		t.Errorf("%+v", result)
	}
}

// TestPullsNoLayer compares an image of a registry with a layout that has lost its layers.
func TestPullsNoLayer(t *testing.T) {
	var pulled bytes.Buffer
	server := httptest.NewServer(registry.New(registry.Logger(log.New(&pulled, "", 0))))
	t.Cleanup(server.Close)
	index := image(t, "1")
	ref, err := name.ParseReference(strings.TrimPrefix(server.URL, "http://") + "/app")
	if err == nil {
		err = remote.WriteIndex(ref, index)
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := layoutOf(t, index)
	layer, _ := static.NewLayer([]byte("amd64"), types.OCIUncompressedLayer).Digest()
	if err := os.Remove(filepath.Join(dir, "blobs/sha256", layer.Hex)); err != nil {
		t.Fatal(err)
	}
	pulled.Reset()
	output(t, 0, ref.String(), "oci:"+dir)
	if strings.Contains(pulled.String(), layer.Hex) {
		t.Errorf("a layer was pulled: %s", &pulled)
	}
}

func TestExitCodes(t *testing.T) {
	dir := "oci:" + layoutOf(t, image(t, "1"))
	stderr := os.Stderr
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	os.Stderr = w
	defer func() { os.Stderr = stderr }()
	for _, test := range []struct {
		code int
		args []string
	}{
		{imagetool.ExitUsage, []string{dir}},
		{imagetool.ExitUsage, []string{"--output", "xml", dir, dir}},
		{imagetool.ExitUsage, []string{"--ignore", "nothing", dir, dir}},
		{imagetool.ExitUsage, []string{"-o", "patch", dir, dir, dir}},
		{imagetool.ExitUsage, []string{"--unknown", dir, dir}},
		{imagetool.ExitUnread, []string{dir, "oci:/none"}},
		{imagetool.ExitUnread, []string{"oci:/none", dir}},
	} {
		output(t, test.code, test.args...)
	}
	w.Close()
	text, _ := io.ReadAll(r)
	if !strings.Contains(string(text), "error: oci:/none: not found:") {
		t.Errorf("%s", text)
	}
}

// TestMetadata asks a registry for configurations and for no layer, whatever differs.
func TestMetadata(t *testing.T) {
	index := image(t, "1")
	server := hostile.NewRegistry(t, index)
	var configs []string
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range manifest.Manifests {
		img, err := index.Image(entry.Digest)
		if err != nil {
			t.Fatal(err)
		}
		config, err := img.ConfigName()
		if err != nil {
			t.Fatal(err)
		}
		configs = append(configs, config.String())
	}
	slices.Sort(configs)
	other := hostile.Good(t)
	for _, args := range [][]string{{"--metadata", server.Ref, other}, {"--metadata", other, server.Ref}, {"--metadata", "-o", "html", server.Ref, "oci:" + layoutOf(t, image(t, "2"))}} {
		output(t, 1, args...)
		if got := server.Blobs(); !slices.Equal(got, configs) {
			t.Errorf("%v asks for the blobs %v and not for %v", args, got, configs)
		}
	}
}
