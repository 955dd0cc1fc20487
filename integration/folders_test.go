//go:build linux

package integration

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// shopFiles is a repository of modules: a needs lib beside it, alone needs nothing.
const shopFiles = `
-- go.mod --
module example.com/shop

go 1.24
-- .dockerignore --
# nothing
-- lib/go.mod --
module example.com/shop/lib

go 1.24
-- lib/lib.go --
package lib

const Name = "lib of the shop"
-- services/a/go.mod --
module example.com/shop/services/a

go 1.24

toolchain go1.26.11

require example.com/shop/lib v0.0.0

replace example.com/shop/lib => ../../lib
-- services/a/a.txt --
text of a
-- services/a/main.go --
package main

import (
	"fmt"

	"example.com/shop/lib"
)

func main() { fmt.Println("a with", lib.Name) }
-- services/a/cmd/tool/main.go --
package main

import (
	"fmt"

	"example.com/shop/lib"
)

func main() { fmt.Println("tool with", lib.Name) }
-- services/a/internal/b/b.go --
package b
`

// newShop is a checkout of the repository, with a configuration of the module a; config is its text after the syntax line.
func newShop(t *testing.T, config string) string {
	t.Helper()
	need(t, "git", "git")
	dir := inline(t, shopFiles)
	configure(t, filepath.Join(dir, "services/a"), config)
	edit(t, dir, "LICENSE", string(readFile(t, "../internal/modcache/testdata/MIT")))
	initCheckout(t, dir)
	git(t, dir, "tag", "services/a/v0.4.0")
	return dir
}

// TestFolder: modship build finds what a module needs beside its folder, makes what buildx makes of the root, and says what it has taken,
// so that others can make it again.
func TestFolder(t *testing.T) {
	t.Parallel()
	setUp(t)
	const copies = "main: .\nimage: {files: [{from: a.txt, to: /srv/}]}\n"
	dir := newShop(t, copies)
	a := filepath.Join(dir, "services/a")
	r := client.build(t, build{dir: a})
	want := headFacts(t, a)
	if want.Version != "v0.4.0" || want.Modified != "false" {
		t.Fatalf("go says %+v", want)
	}
	checkFacts(t, r, want)
	if !strings.Contains(r.log, "as the context: services/a/go.mod:9 needs lib") {
		t.Errorf("it is not said what was taken:\n%s", r.log)
	}
	files := rootfsOf(t, r.image(t))
	if _, ok := files["srv/a.txt"]; !ok {
		t.Error("the file of the configuration is not there")
	}
	if got := labelsOf(t, r.image(t))["org.opencontainers.image.licenses"]; got != "MIT" {
		t.Errorf("the license is %q", got)
	}
	t.Run("verify", func(t *testing.T) {
		image := "oci-archive:" + r.archive
		for _, from := range []string{dir, a, serveGit(t, dir)} {
			log, code := runVerify(t, lab.daemon, image, from)
			wantVerified(t, log, code, 0, "equal, bit by bit", "module: services/a")
		}
	})
	t.Run("package", func(t *testing.T) {
		r := client.build(t, build{dir: filepath.Join(a, "cmd/tool")})
		if out, code := runInRoot(t, r.image(t)); code != 0 || out != "tool with lib of the shop\n" {
			t.Errorf("%q, exit code %d", out, code)
		}
		log, code := runVerify(t, lab.daemon, "oci-archive:"+r.archive, dir)
		wantVerified(t, log, code, 0, "equal, bit by bit", "main package: ./cmd/tool")
		failed := client.fail(t, build{dir: filepath.Join(a, "internal/b")})
		if !strings.Contains(failed.log, `no main package "./internal/b"`) || !strings.Contains(failed.log, "main packages are ., ./cmd/tool") {
			t.Errorf("the error does not say which main packages there are:\n%s", failed.log)
		}
	})
	t.Run("one file for both", func(t *testing.T) {
		dir := newShop(t, "module: services/a\nmain: .\nimage: {files: [{from: services/a/a.txt, to: /srv/}]}\n")
		a := filepath.Join(dir, "services/a")
		byClient := client.build(t, build{dir: a})
		bySyntax := syntax.build(t, build{dir: dir, flags: []string{"-f", filepath.Join(a, "Dockerfile")}})
		byURL := client.build(t, build{dir: serveGit(t, dir) + "#services/a/v0.4.0:services/a"})
		want := readFile(t, programOf(t, byClient.image(t)).file)
		for name, r := range map[string]result{"buildx": bySyntax, "a repository": byURL} {
			if !bytes.Equal(readFile(t, programOf(t, r.image(t)).file), want) {
				t.Errorf("the program of %s differs", name)
			}
		}
		log, code := runVerify(t, lab.daemon, "oci-archive:"+bySyntax.archive, serveGit(t, dir))
		wantVerified(t, log, code, 0, "equal, bit by bit", "configuration: services/a/Dockerfile")
	})
}

// TestGitFolder builds of a repository that BuildKit fetches, without a checkout: what a folder needs is found in it.
func TestGitFolder(t *testing.T) {
	t.Parallel()
	setUp(t)
	origin := newShop(t, "main: .\n")
	a := filepath.Join(origin, "services/a")
	server := serveGit(t, origin)
	want := headFacts(t, a)
	want.Source = "" // it is served over plain http
	for _, url := range []string{server + "#services/a/v0.4.0:services/a", server + "?tag=services/a/v0.4.0&subdir=services/a"} {
		r := client.build(t, build{dir: url})
		checkFacts(t, r, want)
		if !strings.Contains(r.log, "as the context: services/a/go.mod:9 needs lib") {
			t.Errorf("it is not said what was taken:\n%s", r.log)
		}
	}
	r := client.build(t, build{dir: server + "#main:services/a/cmd/tool"})
	if out, code := runInRoot(t, r.image(t)); code != 0 || out != "tool with lib of the shop\n" {
		t.Errorf("%q, exit code %d", out, code)
	}
}

// TestWorkspaceAbove: a go.work above several checkouts is in force, and the commit is that of the module that is built.
func TestWorkspaceAbove(t *testing.T) {
	setUp(t)
	all := t.TempDir()
	shop := newShop(t, "main: .\n")
	copyDir(t, shop, filepath.Join(all, "shop"))
	edit(t, all, "own/go.mod", "module example.com/shop/lib\n\ngo 1.24\n")
	edit(t, all, "own/lib.go", "package lib\n\nconst Name = \"another lib\"\n")
	edit(t, all, "go.work", "go 1.24\n\ntoolchain go1.26.11\n\nuse ./shop/services/a\n\nuse ./own\n")
	a := filepath.Join(all, "shop/services/a")
	r := client.build(t, build{dir: a})
	if out, code := runInRoot(t, r.image(t)); code != 0 || out != "a with another lib\n" {
		t.Errorf("%q, exit code %d", out, code)
	}
	want := headFacts(t, filepath.Join(shop, "services/a"))
	checkFacts(t, r, want)
	if !strings.Contains(r.log, "as the context: go.work there uses it") {
		t.Errorf("it is not said what was taken:\n%s", r.log)
	}
	alone := client.build(t, build{dir: a, args: []string{"GOWORK=off"}})
	if out, _ := runInRoot(t, alone.image(t)); out != "a with lib of the shop\n" {
		t.Errorf("without the workspace: %q", out)
	}
}

// TestModuleBake: a bake file builds a module below its context.
func TestModuleBake(t *testing.T) {
	setUp(t)
	readWant(t, "monorepo").checkImages(t, "monorepo", bake(t, example(t, "monorepo"), "orders"))
}

// TestReplaceOutside: a folder that go.mod looks for outside of the context is a named context: a folder, a repository, or an image.
func TestReplaceOutside(t *testing.T) {
	setUp(t)
	shop := newShop(t, "main: .\n")
	a := t.TempDir()
	copyDir(t, filepath.Join(shop, "services/a"), a)
	lib := filepath.Join(shop, "lib")
	image, err := newBase(v1.Config{}, imageFile{name: "go.mod", mode: 0o644, data: readFile(t, filepath.Join(lib, "go.mod"))},
		imageFile{name: "lib.go", mode: 0o644, data: readFile(t, filepath.Join(lib, "lib.go"))})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := lab.push("module/lib:1", image)
	if err != nil {
		t.Fatal(err)
	}
	whole := programOf(t, client.build(t, build{dir: filepath.Join(shop, "services/a")}).image(t)).info(t)
	eachMode(t, func(t *testing.T, m mode) {
		for name, value := range map[string]string{"folder": lib, "repository": serveGit(t, shop) + "#main:lib", "image": "docker-image://" + ref} {
			r := m.build(t, build{dir: a, flags: []string{"--build-context", "example.com/shop/lib=" + value}})
			if out, code := runInRoot(t, r.image(t)); code != 0 || out != "a with lib of the shop\n" {
				t.Errorf("%s: %q, exit code %d", name, out, code)
			}
			if diff := cmp.Diff(whole.Deps, programOf(t, r.image(t)).info(t).Deps); diff != "" {
				t.Errorf("%s: the modules of the program (-of the whole repository +got):\n%s", name, diff)
			}
			if strings.Contains(r.log, "is not used") {
				t.Errorf("%s: the context is not used:\n%s", name, r.log)
			}
		}
		r := m.fail(t, build{dir: a})
		shown := map[string]string{"client": filepath.Join(a, "../../lib"), "syntax": "../../lib"}[m.name] // the frontend image does not know where the user is
		if want := "go.mod:9:1: replacement directory ../../lib is outside the context; give it with --build-context example.com/shop/lib=" + shown + ";"; !strings.Contains(r.log, want) {
			t.Errorf("it does not say %q:\n%s", want, r.log)
		}
	})
}
