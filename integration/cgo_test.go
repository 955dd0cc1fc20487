//go:build linux

package integration

import (
	"debug/elf"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// cgoModule has C files of its own, a header in another folder and a library that the C library always has. C does the printing: without fmt
// few standard packages are compiled for each way to link.
const cgoModule = `
-- go.mod --
module example.com/own

go 1.26
-- main.go --
package main

// #cgo CPPFLAGS: -I${SRCDIR}/include -DPLUS=2
// #cgo LDFLAGS: -lm
// #include "answer.h"
import "C"

import "runtime"

func main() { C.answer(C.CString(runtime.GOARCH), 40) }
-- answer.c --
#include "answer.h"
#include <math.h>
#include <stdio.h>

void answer(const char *arch, int n) {
	printf("C on %s says %d\n", arch, (int)sqrt((double)n * n) + PLUS);
	fflush(stdout);
}
-- include/answer.h --
void answer(const char *arch, int n);
`

const bothPlatforms = "linux/amd64,linux/arm64"

// full tells whether tests that take many minutes are wanted, as by `make test-full`.
func full() bool { return os.Getenv("MODSHIP_TEST_FULL") != "" }

func needFull(t *testing.T) {
	t.Helper()
	if !full() {
		t.Skip("takes minutes; run make test-full")
	}
}

// TestCgoMatrix links own C in every way for two machines, and runs what comes out where nothing else is.
func TestCgoMatrix(t *testing.T) {
	t.Parallel()
	needDebian(t)
	for _, c := range []struct {
		config    string
		libraries []string // beside the loader; nil is a static program
		pie, full bool
	}{
		{"cgo: {libc: glibc, link: dynamic}", []string{"libc.so.6", "libm.so.6"}, false, false},
		{"cgo: {libc: glibc, link: static}", nil, false, true},
		{"cgo: {libc: musl, link: dynamic}", []string{}, false, true},
		{"cgo: {libc: musl}", nil, false, false},
		{"cgo: {libc: glibc, link: dynamic, pie: true}", []string{"libc.so.6", "libm.so.6"}, true, true},
		{"cgo: {libc: glibc, link: static, pie: true}", nil, true, false},
		{"cgo: {libc: musl, link: dynamic, pie: true}", []string{}, true, true},
		{"cgo: {libc: musl, pie: true}", nil, true, true},
	} {
		t.Run(strings.NewReplacer(" ", "", "cgo: ", "", "{", "", "}", "", ",", "-", ":", "-").Replace(c.config), func(t *testing.T) {
			if c.full {
				needFull(t)
			}
			dir := inline(t, cgoModule)
			configure(t, dir, c.config+"\n")
			for platform, img := range client.build(t, build{dir: dir, platforms: bothPlatforms}).images(t) {
				_, arch, _ := strings.Cut(platform, "/")
				if out, code := runInRoot(t, img); out != "C on "+arch+" says 42\n" || code != 0 {
					t.Errorf("the program for %s exited with %d: %s", platform, code, out)
				}
				files := rootfsOf(t, img)
				checkLibraries(t, platform, files.libraries(), c.libraries)
				if kind := elfType(t, programOf(t, img).file); (kind == elf.ET_DYN) != c.pie {
					t.Errorf("the program for %s is of type %s, want pie %t", platform, kind, c.pie)
				}
			}
		})
	}
}

func elfType(t *testing.T, file string) elf.Type {
	t.Helper()
	f, err := elf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return f.Type
}

// checkLibraries: a loader and the libraries, or nothing at all.
func checkLibraries(t *testing.T, platform string, got, want []string) {
	t.Helper()
	others := slices.DeleteFunc(slices.Clone(got), func(name string) bool { return strings.HasPrefix(name, "ld-") })
	if want == nil && len(got) > 0 || want != nil && len(others) == len(got) || !slices.Equal(others, append([]string{}, want...)) && want != nil && !muslItself(others, want) {
		t.Errorf("the image for %s has %q, want a loader and %q", platform, got, want)
	}
}

// muslItself: musl is its own loader, and Debian's link leads to a file named libc.so.
func muslItself(others, want []string) bool {
	return len(want) == 0 && slices.Equal(others, []string{"libc.so"})
}

// TestCgoDefault says nothing: cgo is noticed, explained, compiled in both modes, and described in the SBOM.
func TestCgoDefault(t *testing.T) {
	t.Parallel()
	needDebian(t)
	eachMode(t, func(t *testing.T, m mode) {
		dir := inline(t, cgoModule)
		r := m.build(t, build{dir: dir, platforms: bothPlatforms})
		if out, _ := runInRoot(t, r.images(t)["linux/amd64"]); out != "C on amd64 says 42\n" {
			t.Errorf("the program printed %q", out)
		}
		// The C library comes beside the program, and a part of gcc's own library in it.
		for platform, document := range sboms(t, r) {
			arch := strings.TrimPrefix(platform, "linux/")
			for _, want := range []string{"pkg:deb/debian/libc6@2", "arch=" + arch, "distro=debian-12", "DYNAMIC_LINK", "STATIC_LINK"} {
				if !strings.Contains(document, want) {
					t.Errorf("the SBOM for %s has no %s", platform, want)
				}
			}
		}
		for _, want := range []string{"C is needed by example.com/own", "gcc for glibc"} {
			if !strings.Contains(r.log, want) {
				t.Errorf("the log does not say %q:\n%s", want, r.log)
			}
		}
	})
}

// TestCgoNotNeeded: net and os/user are no reason for C, nor are files that only might have some.
func TestCgoNotNeeded(t *testing.T) {
	t.Parallel()
	dir := inline(t, `
-- go.mod --
module example.com/none

go 1.26
-- main.go --
package main

import (
	"fmt"
	"net"
	"os/user"
)

func main() {
	_, _ = user.Current()
	_, _ = net.LookupHost("localhost")
	fmt.Println("cgo is", cgo)
}
-- cgo.go --
//go:build cgo

package main

const cgo = "on"
-- nocgo.go --
//go:build !cgo

package main

const cgo = "off"
`)
	r := client.build(t, build{dir: dir})
	if out, _ := runInRoot(t, r.image(t)); out != "cgo is off\n" {
		t.Errorf("the program printed %q", out)
	}
	r.without(t, "sysroot")
	configure(t, dir, "cgo: {enabled: on, libc: musl}\n")
	needDebian(t)
	if out, _ := runInRoot(t, client.build(t, build{dir: dir}).image(t)); out != "cgo is on\n" {
		t.Errorf("with cgo on it printed %q", out)
	}
}

// TestCgoReproducible builds from two folders, and the second time without any cache.
func TestCgoReproducible(t *testing.T) {
	t.Parallel()
	needDebian(t)
	configs, platforms := []string{"cgo: {libc: glibc}"}, "linux/arm64"
	if full() {
		configs, platforms = append(configs, "cgo: {libc: musl}"), bothPlatforms
	}
	for _, config := range configs {
		var digests []string
		for i := range 2 {
			dir := inline(t, cgoModule)
			configure(t, dir, config+"\ncache: isolated\n")
			b := build{dir: dir, platforms: platforms}
			if i > 0 {
				b.flags = []string{"--no-cache-filter", "sysroot,deps,compile,libraries,rootfs"}
			}
			r := client.build(t, b)
			if i > 0 && len(r.ran("compile")) == 0 {
				t.Fatal("nothing was compiled again")
			}
			images := r.images(t)
			all := ""
			for _, platform := range slices.Sorted(maps.Keys(images)) {
				digest, err := images[platform].Digest()
				if err != nil {
					t.Fatal(err)
				}
				all += fmt.Sprintln(platform, digest)
			}
			digests = append(digests, all)
		}
		if digests[0] != digests[1] {
			t.Errorf("%s: the images differ:\n%s%s", config, digests[0], digests[1])
		}
	}
}

// TestCgoMistakes: what cannot work is said where the user can do something about it.
func TestCgoMistakes(t *testing.T) {
	needDebian(t)
	const withPkgConfig = `
-- go.mod --
module example.com/own

go 1.26
-- main.go --
package main

// #cgo pkg-config: libseccomp
// #include <seccomp.h>
import "C"

func main() { println(C.seccomp_version().major) }
`
	for name, c := range map[string]struct {
		module, config string
		says           []string
	}{
		"missing package": {withPkgConfig, "", []string{"pkg-config does not know libseccomp", "cgo.packages.build"}},
		"no such package": {withPkgConfig, "cgo: {packages: {build: [libnosuch-dev]}}", []string{"no package libnosuch-dev:amd64", "cgo.packages"}},
		"no musl build":   {withPkgConfig, "cgo: {libc: musl}", []string{"Dockerfile:2", "libseccomp", "glibc only", "use libc: glibc"}},
		"C++ with musl": {cgoModule + "-- x.cc --\nint x;\n", "cgo: {libc: musl}",
			[]string{"Dockerfile:2", "C++", "compiler: zig"}},
		"Go with faults": {strings.ReplaceAll(cgoModule, "go 1.26", "go 1.22"), "go: 1.22.12",
			[]string{"Dockerfile:2", "Go 1.22.12 does not compile C safely: CVE-2025-61731", "1.24.13 or newer"}},
		"no such base": {cgoModule, "cgo: {base: debian:nosuch}", []string{"Dockerfile:2", "debian:nosuch is not usable"}},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			dir := inline(t, c.module)
			configure(t, dir, c.config+"\n")
			client.fail(t, build{dir: dir}).says(t, c.says...)
		})
	}
}

// sboms are the SPDX documents that the index of a build carries, by platform.
func sboms(t *testing.T, r result) map[string]string {
	t.Helper()
	platforms := map[string]string{} // by digest
	documents := map[string]string{}
	var walk func(idx v1.ImageIndex)
	walk = func(idx v1.ImageIndex) {
		manifest, err := idx.IndexManifest()
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range manifest.Manifests {
			if d.MediaType.IsIndex() {
				child, err := idx.ImageIndex(d.Digest)
				if err != nil {
					t.Fatal(err)
				}
				walk(child)
				continue
			}
			if of := d.Annotations["vnd.docker.reference.digest"]; of != "" {
				documents[platforms[of]] += layersText(t, idx, d.Digest)
			} else if d.Platform != nil {
				platforms[d.Digest.String()] = d.Platform.String()
			}
		}
	}
	walk(r.index(t))
	if len(documents) == 0 {
		t.Fatal("the image carries no SBOM")
	}
	return documents
}

func layersText(t *testing.T, idx v1.ImageIndex, digest v1.Hash) string {
	t.Helper()
	img, err := idx.Image(digest)
	if err != nil {
		t.Fatal(err)
	}
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, l := range layers {
		r, err := l.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&text, r); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	return text.String()
}
