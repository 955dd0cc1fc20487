//go:build linux

package integration

import (
	"bytes"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// TestCgoStaticWarning: a function of glibc that loads libraries when it runs is named.
func TestCgoStaticWarning(t *testing.T) {
	t.Parallel()
	needDebian(t)
	dir := inline(t, `
-- go.mod --
module example.com/lookup

go 1.26
-- main.go --
package main

// #include <netdb.h>
// #include <stddef.h>
// static int look(void) { struct addrinfo *a; return getaddrinfo("localhost", NULL, NULL, &a); }
import "C"

func main() { println(C.look()) }
`)
	configure(t, dir, "cgo: {link: static}\n")
	r := client.build(t, build{dir: dir})
	r.says(t, "warning: Dockerfile:2: Using 'getaddrinfo' in statically linked applications")
}

// TestCgoRuntimePackages: what a program opens when it runs is in the image, with what that needs in turn.
func TestCgoRuntimePackages(t *testing.T) {
	t.Parallel()
	needDebian(t)
	dir := inline(t, `
-- go.mod --
module example.com/plugin

go 1.26
-- main.go --
package main

// #include <dlfcn.h>
// #include <stdlib.h>
// static int opens(void) { return dlopen("libxml2.so.2", RTLD_NOW) != NULL; }
import "C"

import "fmt"

func main() { fmt.Println("opened:", C.opens()) }
`)
	configure(t, dir, "cgo: {packages: {runtime: [libxml2]}}\n")
	img := client.build(t, build{dir: dir}).image(t)
	if out, code := runInRoot(t, img); out != "opened: 1\n" {
		t.Errorf("the program exited with %d: %s", code, out)
	}
	if libraries := strings.Join(rootfsOf(t, img).libraries(), " "); !strings.Contains(libraries, "libxml2.so.2") || !strings.Contains(libraries, "libz.so.1") {
		t.Errorf("the image has %s", libraries)
	}
}

// TestCgoBuilderImage compiles with the compiler of an image of the user's: here the musl-gcc of Debian.
func TestCgoBuilderImage(t *testing.T) {
	needFull(t)
	l := setUp(t)
	need(t, "debootstrap", "debootstrap")
	root := filepath.Join(t.TempDir(), "root")
	args := []string{"--variant=minbase", "--include=gcc,libc6-dev,musl-tools", "bookworm", root}
	if mirror := testbed.DebianMirror(); mirror != "" {
		args = append(args, mirror)
	}
	if log, code := run(t, exec.CommandContext(t.Context(), "debootstrap", args...)); code != 0 {
		t.Fatalf("making a builder image: %s", log)
	}
	archive := filepath.Join(t.TempDir(), "root.tar")
	if log, code := run(t, exec.CommandContext(t.Context(), "tar", "-C", root, "--exclude=./dev/*", "-cf", archive, ".")); code != 0 {
		t.Fatalf("packing a builder image: %s", log)
	}
	goroot, err := goEnv("GOROOT")
	if err != nil {
		t.Fatal(err)
	}
	img, err := imageOf(builderEnv, readFile(t, archive))
	if err != nil {
		t.Fatal(err)
	}
	golang := tarGoRoot(t, goroot)
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(golang)), nil })
	if err != nil {
		t.Fatal(err)
	}
	if img, err = mutate.AppendLayers(img, layer); err != nil {
		t.Fatal(err)
	}
	ref, err := l.push("builder:musl", img)
	if err != nil {
		t.Fatal(err)
	}
	for config, libraries := range map[string][]string{
		"cgo: {libc: musl, cc: musl-gcc}": nil,
		"cgo: {libc: glibc}":              {"libc.so.6", "libm.so.6"},
	} {
		dir := inline(t, cgoModule)
		configure(t, dir, config+"\nbuilder: {image: "+ref+"}\n")
		img := client.build(t, build{dir: dir}).image(t)
		if out, code := runInRoot(t, img); out != "C on amd64 says 42\n" {
			t.Errorf("%s: the program exited with %d: %s", config, code, out)
		}
		checkLibraries(t, config, rootfsOf(t, img).libraries(), libraries)
	}
}
