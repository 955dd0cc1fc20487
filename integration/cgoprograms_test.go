//go:build linux

package integration

import (
	"debug/elf"
	"regexp"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// cgoProgram is a row of the matrix of programs, C libraries and ways to link.
type cgoProgram struct {
	module string // txtar, or the name of an example
	config string // the settings of cgo beside libc and link
	says   map[string]string
	// noMusl is what the build says of musl where Debian has not what the program needs; "" where it links with musl too.
	noMusl string
	// sbom is how the Debian packages begin that the SBOM names, by how the program is linked with glibc: compilers for another
	// machine have packages of their own with the static libraries of C and C++.
	sbom map[string]string
	// quick says that a part of the row takes seconds, so that the default run has it.
	quick bool
}

var cgoPrograms = map[string]cgoProgram{
	"sqlite": {
		module: "sqlite",
		says:   map[string]string{"amd64": "sqlite on linux/amd64 counts to 100: 5050\n", "arm64": "sqlite on linux/arm64 counts to 100: 5050\n"},
		sbom:   map[string]string{"dynamic": "pkg:deb/debian/libc6@", "static": "pkg:deb/debian/libc6-dev"},
	},
	"seccomp": {
		module: seccompModule, config: ", packages: {build: [libseccomp-dev]}",
		says:   map[string]string{"amd64": "libseccomp 2 calls openat 257\n", "arm64": "libseccomp 2 calls openat 56\n"},
		noMusl: "github.com/seccomp/libseccomp-golang needs libseccomp, which Debian has for glibc only",
		sbom:   map[string]string{"dynamic": "pkg:deb/debian/libseccomp2@", "static": "pkg:deb/debian/libseccomp-dev@"},
	},
	"cxx": {
		module: "cgo-cxx", config: ", cxxflags: [-std=c++20]",
		says:   map[string]string{"amd64": "apple fig pear\n", "arm64": "apple fig pear\n"},
		noMusl: "example.com/cgo-cxx/words has C++, and Debian has no C++ library for musl",
		sbom:   map[string]string{"dynamic": "pkg:deb/debian/libstdc%2B%2B6@", "static": "pkg:deb/debian/libstdc%2B%2B-12-dev"},
	},
	"own": {
		module: ownSeccompModule, config: ", packages: {build: [libseccomp-dev]}",
		says:   map[string]string{"amd64": "own C on amd64 with libseccomp 2\n", "arm64": "own C on arm64 with libseccomp 2\n"},
		noMusl: "example.com/own needs libseccomp, which Debian has for glibc only",
		sbom:   map[string]string{"dynamic": "pkg:deb/debian/libseccomp2@", "static": "pkg:deb/debian/libseccomp-dev@"},
		quick:  true,
	},
}

// seccompModule asks a library for what differs between machines. Its binding finds it through pkg-config.
const seccompModule = `
-- go.mod --
module example.com/sec

go 1.26

require github.com/seccomp/libseccomp-golang v0.11.1
-- go.sum --
github.com/seccomp/libseccomp-golang v0.11.1 h1:wuk4ZjSx6kyQII4rj6G6fvVzRHQaSiPvccJazDagu4g=
github.com/seccomp/libseccomp-golang v0.11.1/go.mod h1:5m1Lk8E9OwgZTTVz4bBOer7JuazaBa+xTkM895tDiWc=
-- main.go --
package main

import (
	"fmt"

	seccomp "github.com/seccomp/libseccomp-golang"
)

func main() {
	major, _, _ := seccomp.GetLibraryVersion()
	call, err := seccomp.GetSyscallFromName("openat")
	if err != nil {
		panic(err)
	}
	fmt.Println("libseccomp", major, "calls openat", int(call))
}
`

// ownSeccompModule has C files of its own that need the library.
const ownSeccompModule = `
-- go.mod --
module example.com/own

go 1.26
-- main.go --
package main

// #cgo pkg-config: libseccomp
// #include "version.h"
import "C"

import (
	"fmt"
	"runtime"
)

func main() { fmt.Println("own C on", runtime.GOARCH, "with libseccomp", int(C.app_asks_version())) }
-- version.c --
#include "version.h"
#include <seccomp.h>

int app_asks_version(void) { return seccomp_version()->major; }
-- version.h --
int app_asks_version(void);
`

func (p cgoProgram) context(t *testing.T) string {
	t.Helper()
	if strings.Contains(p.module, "\n") {
		return inline(t, p.module)
	}
	return example(t, p.module)
}

// TestCgoPrograms is the matrix: every program with each C library, linked both ways, for two machines. What Debian has no library
// for is refused before anything is compiled. C++ with musl, which zig can, is [TestCgoZigImage].
func TestCgoPrograms(t *testing.T) {
	t.Parallel()
	needDebian(t)
	for name, p := range cgoPrograms {
		for _, libc := range []string{"glibc", "musl"} {
			for _, link := range []string{"dynamic", "static"} {
				t.Run(name+"-"+libc+"-"+link, func(t *testing.T) { p.link(t, libc, link) })
			}
		}
	}
}

// link builds the program for both machines, or for one in the default run, and runs it.
func (p cgoProgram) link(t *testing.T, libc, link string) {
	refused := libc == "musl" && p.noMusl != ""
	platforms := bothPlatforms
	if !refused && !full() {
		if !p.quick || link != "dynamic" {
			needFull(t)
		}
		platforms = "linux/arm64"
	}
	dir := p.context(t)
	configure(t, dir, "cgo: {libc: "+libc+", link: "+link+p.config+"}\n")
	b := build{dir: dir, platforms: platforms}
	if refused {
		r := client.fail(t, b)
		r.says(t, "Dockerfile:2", p.noMusl, "use libc: glibc")
		r.without(t, "deps", "compile")
		return
	}
	r := client.build(t, b)
	for platform, img := range r.images(t) {
		arch := strings.TrimPrefix(platform, "linux/")
		if out, code := runInRoot(t, img); out != p.says[arch] || code != 0 {
			t.Errorf("the program for %s exited with %d: %q, want %q", platform, code, out, p.says[arch])
		}
		checkLinked(t, platform, img, link)
	}
	if want := p.sbom[link]; libc == "glibc" && platforms == bothPlatforms {
		for platform, document := range sboms(t, r) {
			if !strings.Contains(document, want) {
				t.Errorf("the SBOM for %s has no %s", platform, want)
			}
		}
	}
}

// TestCgoSeveralPrograms: an image has the libraries of all its programs, and the SBOM says of each what it is linked with.
func TestCgoSeveralPrograms(t *testing.T) {
	needFull(t)
	needDebian(t)
	dir := inline(t, ownSeccompModule+`-- cmd/plain/main.go --
package main

// int two(void) { return 2; }
import "C"

func main() { println(C.two()) }
`)
	configure(t, dir, "main: [./cmd/plain, .]\nimage: {entrypoint: [/usr/local/bin/own]}\ncgo: {packages: {build: [libseccomp-dev]}}\n")
	r := client.build(t, build{dir: dir, platforms: bothPlatforms})
	for platform, img := range r.images(t) {
		want := cgoPrograms["own"].says[strings.TrimPrefix(platform, "linux/")]
		if out, code := runInRoot(t, img); out != want || code != 0 {
			t.Errorf("the second program for %s exited with %d: %q, want %q", platform, code, out, want)
		}
	}
	for platform, document := range sboms(t, r) {
		var linked []string
		for _, m := range regexp.MustCompile(`"spdxElementId": *"SPDXRef-([^"]*)",\s*"relatedSpdxElement": *"SPDXRef-C--debian-2D12--([a-z0-9]*)-[^"]*",\s*"relationshipType": *"DYNAMIC_LINK"`).FindAllStringSubmatch(document, -1) {
			linked = append(linked, m[1]+" "+m[2])
		}
		slices.Sort(linked)
		const own = "Program--usr-2Flocal-2Fbin-2Fown"
		if want := []string{"Program libc6", own + " libc6", own + " libseccomp2"}; !slices.Equal(linked, want) {
			t.Errorf("the SBOM for %s says %q, want %q", platform, linked, want)
		}
	}
}

// checkLinked looks at the program itself: a static one names no loader and stands alone in the image.
func checkLinked(t *testing.T, platform string, img v1.Image, link string) {
	t.Helper()
	f, err := elf.Open(programOf(t, img).file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	loader := slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
	libraries := rootfsOf(t, img).libraries()
	if want := link == "dynamic"; loader != want || len(libraries) > 0 != want {
		t.Errorf("the program for %s is to be %s: it names a loader: %t, and the image has %q", platform, link, loader, libraries)
	}
}

// TestCgoMissingLibrary: a library that no pkg-config line names is missed by the linker, and what is said
// then is right for the C library that was asked for.
func TestCgoMissingLibrary(t *testing.T) {
	t.Parallel()
	needDebian(t)
	const module = `
-- go.mod --
module example.com/plain

go 1.26
-- main.go --
package main

// #cgo LDFLAGS: -lseccomp
// unsigned seccomp_api_get(void);
import "C"

func main() { println(C.seccomp_api_get()) }
`
	for libc, says := range map[string]string{
		"glibc": "the library seccomp is missing: name the Debian package that has it in cgo.packages.build",
		"musl":  "the library seccomp is missing: Debian has it for glibc at best; use cgo: {libc: glibc",
	} {
		t.Run(libc, func(t *testing.T) {
			dir := inline(t, module)
			configure(t, dir, "cgo: {libc: "+libc+"}\n")
			client.fail(t, build{dir: dir, platforms: "linux/amd64"}).says(t, says)
		})
	}
}
