//go:build linux

package integration

import (
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// TestCommandStarts: the command of an image is there and can be started, whoever brings it.
func TestCommandStarts(t *testing.T) {
	l := setUp(t)
	base, err := newBase(v1.Config{Env: []string{"PATH=/opt/bin"}},
		imageFile{name: "opt/bin/tini", mode: 0o755, data: compileProgram(t, "amd64", "../examples/hello")},
		imageFile{name: "opt/bin/guarded", mode: 0o700, data: compileProgram(t, "amd64", "../examples/hello")},
		imageFile{name: "opt/bin/plain", mode: 0o644, data: []byte("#!/opt/bin/tini\n")},
		imageFile{name: "opt/bin/script", mode: 0o755, data: []byte("#!/opt/bin/tini\n")},
		imageFile{name: "opt/bin/foreign", mode: 0o755, data: compileProgram(t, "arm64", "../examples/hello")},
		imageFile{name: "opt/bin/bash-script", mode: 0o755, data: []byte("#!/bin/bash\n")})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := l.push("commands/base:1", base)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		image string
		says  []string // nil where the program starts
	}{
		"shell on scratch":  {"entrypoint: [/bin/sh, -c, hello]", []string{"Dockerfile:3:", "the entrypoint would not start in the image for linux/amd64: the program /bin/sh does not exist"}},
		"no command":        {"entrypoint: []\n  cmd: [/nowhere]", []string{"Dockerfile:4:", "the command would not start", "/nowhere does not exist"}},
		"program by name":   {"entrypoint: [hello]", nil},
		"another":           {"base: " + ref + "\n  entrypoint: [tini, hello]", nil},
		"script":            {"base: " + ref + "\n  entrypoint: [script]", nil},
		"not in PATH":       {"base: " + ref + "\n  entrypoint: [hello]", []string{"Dockerfile:4:", `the program "hello" is in no folder of PATH (/opt/bin)`}},
		"PATH of image.env": {"base: " + ref + "\n  entrypoint: [hello]\n  env: {PATH: /usr/local/bin}", nil},
		"relative":          {"base: " + ref + "\n  workdir: /opt\n  entrypoint: [bin/script]", nil},
		"not executable":    {"base: " + ref + "\n  entrypoint: [/opt/bin/plain]", []string{"/opt/bin/plain is not executable: its mode is 0644"}},
		"another's": {"base: " + ref + "\n  user: 2000\n  entrypoint: [/opt/bin/guarded]",
			[]string{"Dockerfile:4:", "user 2000:2000 may not execute /opt/bin/guarded, which has mode 0700 and belongs to 0:0; give /opt/bin/guarded the mode 0755 in the base image"}},
		"in another's home": {"base: " + ref + "\n  workdir: /home/nonroot\n  entrypoint: [./app]\n  files: [{from: run.sh, to: /home/nonroot/app}]",
			[]string{"Dockerfile:3:", "user 1001:1001 may not search /home/nonroot, which has mode 0700 and belongs to 65532:65532", `or set image.user to "65532:65532"`}},
		"lost interpreter":   {"base: " + ref + "\n  entrypoint: [bash-script]", []string{"/bin/bash, the interpreter of the script", "does not exist in the image"}},
		"another processor":  {"base: " + ref + "\n  entrypoint: [foreign]", []string{"/opt/bin/foreign is for linux/arm64, not for linux/amd64"}},
		"a file of the user": {"entrypoint: [/run.sh]\n  files: [{from: run.sh, to: /run.sh}]", []string{"/nowhere/sh, the interpreter of the script /run.sh"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := example(t, "hello")
			configure(t, dir, "image:\n  "+c.image+"\n")
			edit(t, dir, "run.sh", "#!/nowhere/sh\n")
			if err := os.Chmod(filepath.Join(dir, "run.sh"), 0o755); err != nil {
				t.Fatal(err)
			}
			b := build{dir: dir, platforms: "linux/amd64", noImage: c.says == nil}
			if c.says == nil {
				client.build(t, b)
				return
			}
			client.fail(t, b).says(t, c.says...)
		})
	}
}

// TestForeignBase: a base, or a builder, that is pinned to the manifest of another platform is refused at its place.
func TestForeignBase(t *testing.T) {
	l := setUp(t)
	img, err := newBase(v1.Config{})
	if err != nil {
		t.Fatal(err)
	}
	arm64 := forArch(t, img, "arm64")
	index := indexOf(t, func(string) (v1.Image, error) { return img, nil })
	ref, err := l.pushIndex("foreign/base:1", index)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := arm64.Digest()
	if err != nil {
		t.Fatal(err)
	}
	pinned := ref + "@" + digest.String()
	for name, config := range map[string]string{
		"base": "image: {base: \"" + pinned + "\"}\n", "builder": "builder: {image: \"" + pinned + "\"}\n",
	} {
		eachMode(t, func(t *testing.T, m mode) {
			dir := example(t, "hello")
			configure(t, dir, config)
			m.fail(t, build{dir: dir, platforms: "linux/amd64"}).says(t, name+" image", "is not usable: it is for linux/arm64, and not for linux/amd64", "Dockerfile:2")
		})
	}
	dir := example(t, "hello")
	configure(t, dir, "image: {base: \""+pinned+"\"}\n")
	client.build(t, build{dir: dir, platforms: "linux/arm64"})
}

// TestHistory: as many entries of history as layers, also where the base is a folder, and none that was invented.
func TestHistory(t *testing.T) {
	l := setUp(t)
	base, err := newBase(v1.Config{})
	if err != nil {
		t.Fatal(err)
	}
	described, err := base.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	bare := described.DeepCopy()
	bare.History = nil
	if base, err = mutate.ConfigFile(base, bare); err != nil {
		t.Fatal(err)
	}
	ref, err := l.push("history/base:1", base)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	edit(t, folder, "etc/base", "base\n")
	for name, c := range map[string]struct {
		config string
		flags  []string
		layers int
	}{
		"scratch":              {"", nil, 2},
		"volumes":              {"image: {volumes: [/data]}\n", nil, 3},
		"base without history": {"image: {base: " + ref + ", workdir: /srv}\n", nil, 3},
		"folder":               {"image: {base: " + ref + ", workdir: /srv}\n", []string{"--build-context", ref + "=" + folder}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			dir := example(t, "hello")
			configure(t, dir, c.config)
			img := client.build(t, build{dir: dir, platforms: "linux/amd64", flags: c.flags}).image(t)
			config, err := img.ConfigFile()
			if err != nil {
				t.Fatal(err)
			}
			var said []string
			for _, h := range config.History {
				if h.EmptyLayer {
					continue
				}
				if said = append(said, h.Comment); h.CreatedBy != "modship" || h.Created.IsZero() {
					t.Errorf("the exporter wrote %+v", h)
				}
			}
			if layers := layersOf(t, img); len(layers) != c.layers || len(said) != c.layers || said[c.layers-1] != "program" {
				t.Errorf("%d layers and the history %q, want %d", len(layers), said, c.layers)
			}
		})
	}
}
