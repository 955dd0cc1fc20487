//go:build linux

package integration

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/modship-build/modship/internal/verify"
)

// TestVerify builds an image on one machine and verifies it on another, from a repository on the network and from a checkout; and then one
// that somebody has changed.
func TestVerify(t *testing.T) {
	t.Parallel()
	setUp(t)
	dir := newCheckout(t, "build: {stamp: {main.flavour: \"${target.platform}\"}}\n")
	server := serveGit(t, dir)
	built := client.build(t, build{dir: dir, platforms: twoPlatforms, flags: []string{"--label", "com.example.by=ci"}})
	image := "oci-archive:" + built.archive
	other := freshDaemon(t)

	t.Run("git", func(t *testing.T) {
		log, code := runVerify(t, other, image, server)
		wantVerified(t, log, code, 0, "verified: ", "linux/amd64  equal, bit by bit", "linux/arm64  equal, bit by bit", "index        equal", "Go: 1.26.11", "tag: v1.2.3")
	})
	t.Run("changed", func(t *testing.T) {
		log, code := runVerify(t, other, "oci:"+changed(t, built, "linux/arm64"), server)
		wantVerified(t, log, code, 1, "different: ", "linux/amd64  equal, bit by bit", "linux/arm64  different in files", "~ /usr/local/bin/stamp", "the image was changed after it was built")
	})
	t.Run("platform", func(t *testing.T) {
		log, code := runVerify(t, other, "--platform", "linux/arm64", image, dir)
		wantVerified(t, log, code, 0, "linux/arm64  equal, bit by bit")
		if strings.Contains(log, "linux/amd64  equal") {
			t.Errorf("another platform is verified too:\n%s", log)
		}
		log, code = runVerify(t, other, "--platform", "linux/s390x", image, dir)
		wantVerified(t, log, code, 3, "has no image for linux/s390x")
	})
	t.Run("not to be fetched", func(t *testing.T) {
		log, code := runVerify(t, other, image) // the source that the image says is nowhere
		wantVerified(t, log, code, 3, "building again linux/amd64, linux/arm64 from "+stampSource+".git at ", "error: building again: ")
	})
	t.Run("forms", func(t *testing.T) { verifyForms(t, other, dir) })
	t.Run("base", func(t *testing.T) { verifyBase(t, other) })
	t.Run("contexts", func(t *testing.T) { verifyContexts(t, other) })
	t.Run("programs", func(t *testing.T) { verifyPrograms(t, lab.daemon) })
	t.Run("json", func(t *testing.T) { verifyJSON(t, other, image, dir) })
	t.Run("dirty", func(t *testing.T) {
		edit(t, dir, "main.go", strings.Replace(string(readFile(t, filepath.Join(dir, "main.go"))), `"dev"`, `"test"`, 1))
		log, code := runVerify(t, other, image, dir)
		wantVerified(t, log, code, 1, "changed files: the checkout differs from its commit")
		commitAll(t, dir, "second")
		log, code = runVerify(t, other, "--any-commit", image, dir)
		wantVerified(t, log, code, 1, "another commit: the image says ")
		log, code = runVerify(t, other, image, dir)
		wantVerified(t, log, code, 2, " is at the commit ", "run git checkout ")
		if strings.Contains(log, "building again") {
			t.Errorf("a folder at another commit is built:\n%s", log)
		}
	})
	t.Run("another module", func(t *testing.T) {
		elsewhere := t.TempDir()
		edit(t, elsewhere, "go.mod", "module example.com/elsewhere\n\ngo 1.24\n")
		log, code := runVerify(t, other, image, elsewhere)
		wantVerified(t, log, code, 2, " has the module example.com/elsewhere, and the image was built of ")
		if strings.Contains(log, "building again") {
			t.Errorf("another module is built:\n%s", log)
		}
	})
}

// verifyForms verifies images that were exported in other ways than the default.
func verifyForms(t *testing.T, d *daemon, dir string) {
	for _, c := range []struct {
		name  string
		flags []string
		says  []string
	}{
		{"attestations", []string{"--provenance", "mode=min"}, []string{"linux/arm64  equal, bit by bit", "index        equal", "attestation of linux/arm64: not compared"}},
		{"zstd", []string{"--output", "type=oci,compression=zstd,force-compression=true,dest="}, []string{"linux/arm64  equal, bit by bit"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := build{dir: dir, platforms: twoPlatforms, flags: c.flags}
			archive := filepath.Join(t.TempDir(), "image.tar")
			if last := len(c.flags) - 1; strings.HasSuffix(c.flags[last], "dest=") {
				b.flags, b.noImage = append(slices.Clone(c.flags[:last]), c.flags[last]+archive), true
				client.build(t, b)
			} else {
				archive = client.build(t, b).archive
			}
			log, code := runVerify(t, d, "oci-archive:"+archive, dir)
			wantVerified(t, log, code, 0, c.says...)
		})
	}
}

// verifyBase has the tag of the base image moved after the image was built.
func verifyBase(t *testing.T, d *daemon) {
	push := func(content string) string {
		t.Helper()
		img, err := newBase(v1.Config{}, imageFile{name: "etc/base", mode: 0o644, data: []byte(content)})
		if err != nil {
			t.Fatal(err)
		}
		ref, err := lab.push("base/verified:1", img)
		if err != nil {
			t.Fatal(err)
		}
		return ref
	}
	ref := push("first")
	dir := newCheckout(t, "image: {base: "+ref+"}\n")
	built := client.build(t, build{dir: dir, daemon: d})
	push("second")
	log, code := runVerify(t, d, "oci-archive:"+built.archive, dir)
	wantVerified(t, log, code, 0, "base image: "+ref+"@sha256:", "equal, bit by bit")
}

// verifyContexts verifies an image with files of a context, which it cannot say, and of an image whose tag was moved.
func verifyContexts(t *testing.T, d *daemon) {
	push := func(content string) string {
		t.Helper()
		img, err := newImage(v1.Config{}, imageFile{name: "gen/gen.go", mode: 0o644, data: []byte("package gen\n\nconst Name = \"" + content + "\"\n")})
		if err != nil {
			t.Fatal(err)
		}
		ref, err := lab.push("verified/gen:1", img)
		if err != nil {
			t.Fatal(err)
		}
		return ref
	}
	ref := push("first")
	dir, ui := inline(t, embedsContext), inline(t, madeBefore)
	configure(t, dir, "source: [{from: ui, path: dist, to: web}, {from: \""+ref+"\", path: gen, to: gen}]\n")
	initCheckout(t, dir)
	built := client.build(t, build{dir: dir, daemon: d, flags: []string{"--build-context", "ui=" + ui}})
	push("second")
	image := "oci-archive:" + built.archive
	log, code := runVerify(t, d, image, dir)
	wantVerified(t, log, code, 2, "the build contexts ui, and does not say what they held; give the same again: --build-context ui=VALUE")
	log, code = runVerify(t, d, "--build-context", "ui="+ui, image, dir)
	wantVerified(t, log, code, 0, "images: "+ref+"@sha256:", "contexts: ui", "equal, bit by bit")
	edit(t, ui, "dist/page.txt", "another page")
	log, code = runVerify(t, d, "--build-context", "ui="+ui, image, dir)
	wantVerified(t, log, code, 1, "the build contexts ui: other files in them than when the image was built")
}

// verifyPrograms verifies an image with two programs, from a repository, by a daemon that has the standard packages.
func verifyPrograms(t *testing.T, d *daemon) {
	dir := inline(t, twoPrograms)
	configure(t, dir, "main: [./cmd/api, ./cmd/worker]\nimage: {path: /app/}\n")
	initCheckout(t, dir)
	built := client.build(t, build{dir: dir})
	log, code := runVerify(t, d, "oci-archive:"+built.archive, serveGit(t, dir))
	wantVerified(t, log, code, 0, "verified: ", "linux/amd64  equal, bit by bit")
}

// verifyJSON reads the form for programs.
func verifyJSON(t *testing.T, d *daemon, image, dir string) {
	cmd := exec.CommandContext(t.Context(), lab.modship, "verify", "--addr", d.Addr, "--output", "json", "--progress", "quiet", image, dir)
	cmd.Env = d.env
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var report verify.Report
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatal(err)
	}
	if report.Version != verify.Version || !report.Equal || len(report.Platforms) != 2 || report.Recipe.Labels["com.example.by"] != "ci" {
		t.Errorf("got %s", out)
	}
}

func runVerify(t *testing.T, d *daemon, args ...string) (log string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), lab.modship, append([]string{"verify", "--addr", d.Addr, "--progress", "plain"}, args...)...)
	cmd.Env = d.env
	return run(t, cmd)
}

func wantVerified(t *testing.T, log string, code, want int, texts ...string) {
	t.Helper()
	missing := slices.DeleteFunc(texts, func(text string) bool { return strings.Contains(log, text) })
	if code != want || len(missing) > 0 {
		t.Errorf("exit code %d, want %d, and it does not say %q:\n%s", code, want, missing, log)
	}
}

// changed gives an OCI layout of a result in which the program for one platform has another byte.
func changed(t *testing.T, r result, platform string) string {
	t.Helper()
	var adds []mutate.IndexAddendum
	for id, img := range r.images(t) {
		if id == platform {
			img = changedImage(t, img)
		}
		config, err := img.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		adds = append(adds, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: config.Platform()}})
	}
	dir := t.TempDir()
	if _, err := layout.Write(dir, mutate.IndexMediaType(mutate.AppendManifests(empty.Index, adds...), types.OCIImageIndex)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func changedImage(t *testing.T, img v1.Image) v1.Image {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	layers, err := img.Layers()
	must(err)
	manifest, err := img.Manifest()
	must(err)
	config, err := img.ConfigFile()
	must(err)
	last := len(layers) - 1
	content := changedLayer(t, layers[last])
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }, tarball.WithMediaType(types.OCILayer))
	must(err)
	layers[last] = layer
	id, err := layer.DiffID()
	must(err)
	config = config.DeepCopy()
	config.RootFS.DiffIDs[last] = id
	made, err := mutate.AppendLayers(empty.Image, layers...)
	must(err)
	made, err = mutate.ConfigFile(made, config)
	must(err)
	made = mutate.ConfigMediaType(mutate.MediaType(made, types.OCIManifestSchema1), types.OCIConfigJSON)
	return mutate.Annotations(made, manifest.Annotations).(v1.Image)
}

// changedLayer gives the layer of a program in which a byte of a text is another.
func changedLayer(t *testing.T, layer v1.Layer) []byte {
	t.Helper()
	r, err := layer.Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	changes := 0
	for in := tar.NewReader(r); ; {
		header, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		if at := bytes.Index(content, []byte("flavour=")); at >= 0 {
			content[at] ^= 1
			changes++
		}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil || changes != 1 {
		t.Fatalf("%d programs were changed, %v", changes, err)
	}
	return out.Bytes()
}
