//go:build linux

package integration

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"
)

// TestCompression: `--compression auto` gives layers of zstd although the daemon has the same layers in gzip, other tools read them, and
// archives for Docker keep gzip.
func TestCompression(t *testing.T) {
	setUp(t)
	dir := example(t, "hello")
	const repository = "compression/hello"
	gzipped := client.build(t, build{dir: dir, platforms: "linux/amd64", push: repository + ":gzip"})
	for _, m := range []struct {
		mode
		flags []string
	}{
		{client, []string{"--compression", "auto"}},
		{syntax, []string{"--output", "type=registry,compression=zstd,force-compression=true"}},
	} {
		t.Run(m.name, func(t *testing.T) {
			b := build{dir: dir, platforms: "linux/amd64", push: repository + ":zstd-" + m.name, flags: m.flags}
			if m.name == syntax.name {
				b.push, b.noImage = "", true
				b.flags = append(b.flags, "--tag", lab.registry+"/"+repository+":zstd-"+m.name)
			}
			r := m.build(t, b)
			r.pushed = lab.registry + "/" + repository + ":zstd-" + m.name
			layersAre(t, r, types.OCILayerZStd)
			r.runs(t, "hello from linux/amd64")
			zstdReaders(t, r.pushed)
		})
	}
	layersAre(t, gzipped, types.OCILayer)
	// Nor is a build that asks for nothing changed by one that asked for zstd.
	edit(t, dir, "main.go", string(readFile(t, filepath.Join(dir, "main.go")))+"\n// other bytes: "+t.Name()+"\nvar Other = 1\n")
	client.build(t, build{dir: dir, platforms: "linux/amd64", push: repository + ":first", flags: []string{"--compression", "zstd"}})
	layersAre(t, client.build(t, build{dir: dir, platforms: "linux/amd64", push: repository + ":second"}), types.OCILayer)
	archive := filepath.Join(t.TempDir(), "docker.tar")
	client.build(t, build{dir: dir, platforms: "linux/amd64", noImage: true,
		flags: []string{"--compression", "zstd", "-o", "type=docker,dest=" + archive}})
	layersAre(t, result{archive: archive}, types.OCILayer)
}

func layersAre(t *testing.T, r result, want types.MediaType) {
	t.Helper()
	layers, err := r.image(t).Layers()
	if err != nil {
		t.Fatal(err)
	}
	for i, layer := range layers {
		if got, err := layer.MediaType(); err != nil || got != want {
			t.Errorf("layer %d is %s, not %s: %v", i, got, want, err)
		}
	}
	if len(layers) == 0 {
		t.Error("there are no layers")
	}
}

// zstdReaders has tools of others unpack every layer.
func zstdReaders(t *testing.T, reference string) {
	t.Helper()
	need(t, "skopeo", "skopeo")
	out, err := exec.CommandContext(t.Context(), "skopeo", "copy", "--src-tls-verify=false", "--override-arch", "amd64", "--dest-decompress",
		"docker://"+reference, "dir:"+t.TempDir()).CombinedOutput()
	if err != nil {
		t.Errorf("skopeo: %v\n%s", err, out)
	}
}
