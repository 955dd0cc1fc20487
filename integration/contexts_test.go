//go:build linux

package integration

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	facts "github.com/modship-build/modship/internal/image"
)

// embedsContext is a program that embeds what a context has, and has files of one in its image.
const embedsContext = `
-- go.mod --
module example.com/embedscontext

go 1.26
-- main.go --
package main

import (
	_ "embed"

	"example.com/embedscontext/gen"
)

//go:embed web/page.txt
var page string

func main() { print(page, gen.Name) }
-- .dockerignore --
/web
-- web/page.txt --
a stale page
`

const embedsConfig = `source: [{from: ui, path: dist, to: web}, {from: generated, to: gen}]
image: {files: [{context: ui, from: "*.txt", to: /srv/, owner: 7, mode: 640}]}
`

// madeBefore are files of a build before, of which the program embeds one.
const madeBefore = `
-- dist/page.txt --
the page
-- dist/other.txt --
other
-- notes.txt --
notes
`

// TestContexts: a context is laid over the build context, and an edit in it runs again what reads it and nothing else.
func TestContexts(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, m mode) {
		dir, ui, generated := inline(t, embedsContext), inline(t, madeBefore), t.TempDir()
		configure(t, dir, embedsConfig)
		edit(t, generated, "gen.go", "package gen\n\nconst Name = \" by "+m.name+"\"\n")
		order := build{dir: dir, flags: []string{"--build-context", "ui=" + ui, "--build-context", "generated=" + generated}}
		r := m.build(t, order)
		r.runs(t, "the page\n by "+m.name)
		if got := rootfsOf(t, r.image(t))["srv/notes.txt"]; got.Mode&0o777 != 0o640 || got.Uid != 7 || got.Gid != 7 {
			t.Errorf("the file of the context is %+v", got)
		}

		edit(t, ui, "dist/other.txt", "edited for "+m.name)
		r = m.build(t, order)
		r.cached(t, "scan", "deps", "compile", "files")

		edit(t, ui, "dist/page.txt", "edited for "+m.name)
		r = m.build(t, order)
		r.cached(t, "scan", "deps")
		for _, v := range r.ran("files") {
			if !strings.Contains(v.name, "add the program") {
				t.Errorf("%s was executed", v.name)
			}
		}
		if n := len(r.ran("compile")); n != 1 {
			t.Errorf("%d compile steps were executed, want one", n)
		}
		r.runs(t, "edited for "+m.name+" by "+m.name)

		edit(t, generated, "gen.go", "package gen\n\nconst Name = \" again by "+m.name+"\"\n")
		r = m.build(t, order)
		r.cached(t, "deps")
		r.runs(t, " again by "+m.name)
	})
}

// TestContextOrigins gives the same files as an image, as a repository, and as an archive.
func TestContextOrigins(t *testing.T) {
	t.Parallel()
	l := setUp(t)
	files := inline(t, madeBefore)
	image, err := newImage(v1.Config{}, imageFile{name: "dist/page.txt", mode: 0o644, data: []byte("the page\n")}, imageFile{name: "notes.txt", mode: 0o644, data: []byte("notes\n")})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := l.push("ui:1", image)
	if err != nil {
		t.Fatal(err)
	}
	initCheckout(t, files)
	archives := t.TempDir()
	packTar(t, filepath.Join(archives, "ui.tgz"), files, "dist", "notes.txt")
	server := httptest.NewServer(http.FileServer(http.Dir(archives)))
	t.Cleanup(server.Close)
	layouts := layoutOf(t, image, "1")
	for name, address := range map[string]string{
		"layout": "oci-layout://" + layouts + ":1", "layout by digest": "oci-layout://" + layouts + "@" + manifestDigest(t, image),
		"image": "docker-image://" + ref, "repository": serveGit(t, files) + "#main", "archive": server.URL + "/ui.tgz",
	} {
		t.Run(name, func(t *testing.T) {
			eachMode(t, func(t *testing.T, m mode) {
				dir := inline(t, embedsContext)
				edit(t, dir, "gen/gen.go", "package gen\n\nconst Name = \" of an origin\"\n")
				configure(t, dir, "source: [{from: ui, path: dist, to: web}]\n")
				r := m.build(t, build{dir: dir, flags: []string{"--build-context", "ui=" + address}})
				r.runs(t, "the page\n of an origin")
			})
		})
	}
	t.Run("image without a context", func(t *testing.T) {
		dir := inline(t, embedsContext)
		edit(t, dir, "gen/gen.go", "package gen\n\nconst Name = \" of an origin\"\n")
		configure(t, dir, "source: [{from: \""+ref+"\", path: dist, to: web}]\nimage: {files: [{context: \""+ref+"\", from: notes.txt, to: /srv/notes}]}\n")
		r := syntax.build(t, build{dir: dir, platforms: twoPlatforms})
		for platform, img := range r.images(t) {
			if _, ok := rootfsOf(t, img)["srv/notes"]; !ok {
				t.Errorf("the image for %s lacks the file", platform)
			}
		}
	})
}

// TestLayoutContexts has an OCI layout stand in for a base, and give files for the image.
func TestLayoutContexts(t *testing.T) {
	image, err := newBase(v1.Config{Env: []string{"OF=the layout"}}, imageFile{name: "etc/of", mode: 0o644, data: []byte("the layout")})
	if err != nil {
		t.Fatal(err)
	}
	dir := layoutOf(t, image, "1")
	eachMode(t, func(t *testing.T, m mode) {
		module := example(t, "hello")
		configure(t, module, "image: {base: registry.example/base:1, files: [{context: made, from: etc/of, to: /opt/}]}\n")
		r := m.build(t, build{dir: module, flags: []string{"--build-context", "registry.example/base:1=oci-layout://" + dir + ":1", "--build-context", "made=oci-layout://" + dir + ":1"}})
		files := rootfsOf(t, r.image(t))
		for _, name := range []string{"etc/of", "opt/of"} {
			if _, ok := files[name]; !ok {
				t.Errorf("the image lacks %s", name)
			}
		}
		if said := recipeOf(t, r.image(t)); said[facts.KeyContexts] != "made,registry.example/base:1" {
			t.Errorf("the recipe says %v", said)
		}
	})
}

// layoutOf writes an image into an OCI layout, under a tag.
func layoutOf(t *testing.T, image v1.Image, tag string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	index, err := layout.Write(dir, empty.Index)
	if err == nil {
		err = index.AppendImage(image, layout.WithAnnotations(map[string]string{ocispec.AnnotationRefName: tag}))
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func manifestDigest(t *testing.T, image v1.Image) string {
	t.Helper()
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}

// packTar packs what a folder has of some names.
func packTar(t *testing.T, to, dir string, names ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "tar", append([]string{"-czf", to, "-C", dir}, names...)...)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

// TestContextsStayClean: what is laid over a checkout makes it no other than its commit, and an edit of its own file does.
func TestContextsStayClean(t *testing.T) {
	dir := newCheckout(t, "source: [{from: assets, to: assets}]\n")
	edit(t, dir, "embed.go", "package main\n\nimport _ \"embed\"\n\n//go:embed assets/page.txt\nvar Page string\n")
	edit(t, dir, ".dockerignore", "/assets\n")
	commitAll(t, dir, "embed")
	assets := t.TempDir()
	edit(t, assets, "page.txt", "page")
	order := build{dir: dir, flags: []string{"--build-context", "assets=" + assets}}
	eachMode(t, func(t *testing.T, m mode) {
		if got := programFacts(t, m.build(t, order)); got.Modified != "false" {
			t.Errorf("the program says %+v", got)
		}
	})
	edit(t, dir, "embed.go", "package main\n\nimport _ \"embed\"\n\n//go:embed assets/page.txt\nvar Edited string\n")
	if got := programFacts(t, syntax.build(t, order)); got.Modified != "true" {
		t.Errorf("after an edit the program says %+v", got)
	}
}
