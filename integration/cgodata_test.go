//go:build linux

package integration

import (
	"os/exec"
	"strings"
	"testing"
)

// dataModule asks libraries for what they read when they run: certificates, providers, the kinds of files, terminals.
const dataModule = `
-- go.mod --
module example.com/data

go 1.26
-- main.go --
package main

/*
#cgo pkg-config: libssl libcrypto
#cgo LDFLAGS: -lmagic -ltinfo
#include <magic.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <curses.h>
#include <term.h>

static int certificates(void) {
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	if (!ctx || !SSL_CTX_set_default_verify_paths(ctx)) return -1;
	return sk_X509_OBJECT_num(X509_STORE_get0_objects(SSL_CTX_get_cert_store(ctx)));
}
static const char *kind(void) {
	magic_t m = magic_open(MAGIC_MIME_TYPE);
	if (magic_load(m, NULL)) return magic_error(m);
	return magic_buffer(m, "%PDF-1.7\n", 9);
}
static int terminal(void) { int e; return setupterm("xterm", 1, &e) == OK; }
static int legacy(void) { return OSSL_PROVIDER_load(NULL, "legacy") != NULL; }
*/
import "C"

import "fmt"

func main() {
	fmt.Println(C.certificates() > 100, C.GoString(C.kind()), C.terminal() == 1, C.legacy() == 1)
}
`

// TestCgoRunData: the libraries that an image on scratch gets find what they read when they run.
func TestCgoRunData(t *testing.T) {
	t.Parallel()
	needDebian(t)
	dir := inline(t, dataModule)
	configure(t, dir, "cgo: {packages: {build: [libssl-dev, libmagic-dev, libncurses-dev]}}\n")
	r := client.build(t, build{dir: dir, platforms: "linux/amd64"})
	if out, code := runInRoot(t, r.image(t)); code != 0 || out != "true application/pdf true true\n" {
		t.Errorf("the program exited with %d: %s", code, out)
	}
	for _, h := range entries(t, r.image(t), 0) {
		if h.ModTime.UnixNano() != 0 {
			t.Errorf("%s has the time %s", h.Name, h.ModTime)
		}
	}
}

// ownLibraryModule has a shared library of its own beside its code.
const ownLibraryModule = `
-- go.mod --
module example.com/greet

go 1.26
-- main.go --
package main

// #cgo LDFLAGS: -L${SRCDIR}/lib -lgreet -Wl,-rpath,RPATH
// const char *greet(void);
import "C"

import "fmt"

func main() { fmt.Println(C.GoString(C.greet())) }
`

// TestCgoOwnLibrary: a shared library of the module is found in the image if the configuration puts it there, and else the build fails
// and says so.
func TestCgoOwnLibrary(t *testing.T) {
	t.Parallel()
	needDebian(t)
	need(t, "gcc", "gcc")
	context := func(rpath, config string) string {
		dir := inline(t, strings.ReplaceAll(ownLibraryModule, "RPATH", rpath))
		edit(t, dir, "greet.txt", "const char *greet(void) { return \"greetings\"; }\n")
		edit(t, dir, "lib/README", "libraries\n")
		cmd := exec.CommandContext(t.Context(), "gcc", "-shared", "-fPIC", "-Wl,-soname,libgreet.so", "-o", "lib/libgreet.so", "-x", "c", "greet.txt")
		cmd.Dir = dir
		if log, code := run(t, cmd); code != 0 {
			t.Fatalf("making the library: %s", log)
		}
		configure(t, dir, config)
		return dir
	}
	r := client.fail(t, build{dir: context("${SRCDIR}/lib", ""), platforms: "linux/amd64"})
	r.says(t, "needs the library libgreet.so, which the sysroot does not have", "image.files", "-rpath", "it is looked for in /work/lib now")
	r = client.fail(t, build{dir: context("/opt/lib", "image: {files: [{from: lib/README, to: /opt/lib/}]}\n"), platforms: "linux/amd64"})
	r.says(t, "would not start", "needs the library libgreet.so, which the image does not have", "image.files")
	r = client.build(t, build{dir: context("/opt/lib", "image: {files: [{from: lib, to: /opt/lib}]}\n"), platforms: "linux/amd64"})
	if out, code := runInRoot(t, r.image(t)); code != 0 || out != "greetings\n" {
		t.Errorf("the program exited with %d: %s", code, out)
	}
}

// TestCgoNoArchitecture: what the base's distribution has no packages for is refused before its servers are asked.
func TestCgoNoArchitecture(t *testing.T) {
	needDebian(t)
	r := client.fail(t, build{dir: example(t, "cgo-cxx"), platforms: "linux/riscv64"})
	r.says(t, "the base is Debian 12, which has no packages for riscv64", "cgo.base", "cgo.compiler: zig")
	r.without(t, "deps", "compile")
}
