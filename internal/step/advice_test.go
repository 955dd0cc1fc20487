package step

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/certs"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/testing/diagtest"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// elsewhere is advice that a test with real packages and modules follows.
var elsewhere = map[string]string{
	sumHelp:     "TestFailures has what it says, and TestModuleGraph a go.sum that go mod tidy wrote",
	workSumHelp: "TestModuleGraph has a go.work.sum that go mod download wrote, which TestModuleGraphSums takes away",
	"go.work uses the module from a folder, and this version of it is asked for all the same: run `": "TestUsedAndRequired",
	"%s; %s has it, and there is no lib%s.a: use cgo: {link: dynamic}":                               "it is that of the next one, for a builder image",
}

// TestAdvice: tools of this machine fail, and no longer do once somebody has done what is said about it.
func TestAdvice(t *testing.T) {
	for _, tool := range []string{"gcc", "ar", "musl-gcc", "go"} {
		if _, err := exec.LookPath(tool); err != nil {
			testbed.Missing(t, "%s", tool)
		}
	}
	followed := slices.Concat(followHeaders(t), followLinker(t), followPrograms(t), followLibc(t), followCertificates(t), followSettings(t))
	diagtest.Advice(t, ".", followed, elsewhere)
}

// tool runs a program in a folder and gives what it says if it fails, else "".
func tool(t *testing.T, dir string, env []string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), append(env, "LC_ALL=C")...)
	out, err := cmd.CombinedOutput()
	if err == nil {
		return ""
	}
	return string(out)
}

// advises fails the test unless help says how to go on.
func advises(t *testing.T, help, advice string) string {
	t.Helper()
	if !strings.Contains(help, advice) {
		t.Errorf("%q does not say %q", help, advice)
	}
	return help
}

func works(t *testing.T, advice, said string) {
	t.Helper()
	if said != "" {
		t.Errorf("%s, and then %s", advice, said)
	}
}

// followHeaders: go mod vendor has left out a folder of headers.
func followHeaders(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	const name = "vendor/example.com/q/cq.c"
	tree := func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, name)) }
	put(t, dir, name, "#include \"detail/limits.h\"\n")
	compile := []string{"gcc", "-c", "-o", "x.o", name}
	said := tool(t, dir, nil, compile...)
	help := advises(t, headerHelp(compilers(t)["gcc"], "# example.com/q\n"+said, tree), "copy the folder there, or remove vendor")
	put(t, dir, "vendor/example.com/q/detail/limits.h", "")
	works(t, help, tool(t, dir, nil, compile...))
	put(t, dir, "modcache/q/cq.c", "#include \"detail/limits.h\"\n")
	put(t, dir, "modcache/q/detail/limits.h", "")
	works(t, help, tool(t, dir, nil, "gcc", "-c", "-o", "x.o", "modcache/q/cq.c"))
	return []string{help}
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	name = filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// followLinker: a library needs two others, in the forms in which they may be there.
func followLinker(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	put(t, dir, "base.c", "int modship_base(void) { return 1; } int modship_more(void) { return 1; }\n")
	put(t, dir, "side.c", "int modship_side(void) { return 1; }\n")
	put(t, dir, "top.c", "int modship_base(void); int modship_more(void); int modship_side(void);\n"+
		"int modship_top(void) { return modship_base() + modship_more() + modship_side(); }\n")
	put(t, dir, "main.c", "int modship_top(void); int main(void) { return modship_top(); }\n")
	for _, args := range [][]string{
		{"gcc", "-c", "base.c", "side.c", "top.c"}, {"ar", "rcs", "libtop.a", "top.o"}, {"ar", "rcs", "libbase.a", "base.o"}, {"ar", "rcs", "libside.a", "side.o"},
		{"gcc", "-shared", "-fPIC", "-o", "libbase.so.1", "-Wl,-soname,libbase.so.1", "base.c"},
	} {
		works(t, "to begin with", tool(t, dir, nil, args...))
	}
	link := []string{"gcc", "main.c", "-L.", "-ltop"}
	c := &request.Cgo{Provider: ctoolchain.GCC, Libc: ctoolchain.Glibc, LDFlags: []string{"-L" + dir, "-ltop"}}
	c.Tools.CC = "gcc"
	said := tool(t, dir, nil, link...)
	help := advises(t, linkHelp(c, false, said), "add -lbase to cgo.ldflags, and -lside for modship_side")
	works(t, help, tool(t, dir, nil, append(link, "-lbase", "-lside")...))

	if err := os.Rename(filepath.Join(dir, "libbase.a"), filepath.Join(dir, "base.a")); err != nil {
		t.Fatal(err)
	}
	shared := advises(t, linkHelp(c, false, said), "install its -dev package, and add -lbase to cgo.ldflags")
	static := advises(t, linkHelp(c, true, said), "name its -dev package in cgo.packages.build and -lbase in cgo.ldflags if it has one, or use cgo: {link: dynamic}")
	accepts(t, static)
	if err := os.Symlink("libbase.so.1", filepath.Join(dir, "libbase.so")); err != nil { // as such a package has it
		t.Fatal(err)
	}
	works(t, shared, tool(t, dir, nil, append(link, "-lbase", "-lside")...))
	if err := os.Rename(filepath.Join(dir, "base.a"), filepath.Join(dir, "libbase.a")); err != nil {
		t.Fatal(err)
	}
	works(t, static, tool(t, dir, nil, append(link, "-static", "-lbase", "-lside")...))
	return []string{help, shared, static}
}

// followPrograms: what the go command calls is not there.
func followPrograms(t *testing.T) []string {
	t.Helper()
	dir, bin := t.TempDir(), t.TempDir()
	put(t, dir, "go.mod", "module example.com/c\n\ngo 1.24\n")
	put(t, dir, "c.go", "package c\n\n// int x;\nimport \"C\"\n\nvar X = C.x\n")
	build := []string{"go", "build", "./..."}
	image := compilers(t)["image"]
	cc := advises(t, cgoHelp(image, tool(t, dir, []string{"CC=none-gcc", "CGO_ENABLED=1"}, build...)), "there is no none-gcc: install it in the builder image, or set cgo.cc")
	works(t, cc, tool(t, dir, []string{"CC=gcc", "CGO_ENABLED=1"}, build...))
	put(t, bin, "none-gcc", "#!/bin/sh\nexec gcc \"$@\"\n")
	with := []string{"CGO_ENABLED=1", "PATH=" + bin + ":" + os.Getenv("PATH")}
	works(t, cc, tool(t, dir, append(with, "CC=none-gcc"), build...))

	put(t, dir, "c.go", "package c\n\n// #cgo pkg-config: any\n// int x;\nimport \"C\"\n\nvar X = C.x\n")
	put(t, bin, "gcc", "#!/bin/sh\nexec /usr/bin/gcc \"$@\"\n")
	without := []string{"CGO_ENABLED=1", "PATH=" + bin}
	goPath, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	pkgConfig := advises(t, cgoHelp(image, tool(t, dir, without, goPath, "build", "./...")), "pkg-config is missing: install it in the builder image")
	put(t, bin, "pkg-config", "#!/bin/sh\n")
	works(t, pkgConfig, tool(t, dir, with, build...))
	return []string{cc, pkgConfig}
}

// followLibc: a library was built for another C library.
func followLibc(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	put(t, dir, "lib.c", "#include <stdio.h>\nvoid say(const char *s) { fprintf(stderr, s, 1); }\n")
	put(t, dir, "main.c", "void say(const char *); int main(void) { say(\"%d\"); return 0; }\n")
	object := func(cc string) {
		works(t, "to begin with", tool(t, dir, nil, cc, "-O2", "-D_FORTIFY_SOURCE=2", "-w", "-c", "lib.c"))
	}
	object("gcc")
	help := advises(t, cgoHelp(compilers(t)["musl"], tool(t, dir, nil, "musl-gcc", "-static", "main.c", "lib.o")), "use libc: glibc, or a build of it for musl")
	works(t, help, tool(t, dir, nil, "gcc", "main.c", "lib.o"))
	object("musl-gcc")
	works(t, help, tool(t, dir, nil, "musl-gcc", "-static", "main.c", "lib.o"))
	return []string{help}
}

// followCertificates: a server shows a certificate of an authority that nobody knows.
func followCertificates(t *testing.T) []string {
	t.Helper()
	server, other := httptest.NewTLSServer(http.NotFoundHandler()), httptest.NewUnstartedServer(nil)
	defer server.Close()
	other.Close()
	get := func(secret []byte) error {
		pool, _, err := certs.RootCAs(secret)
		if err != nil {
			t.Fatal(err)
		}
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
		res, err := client.Get(server.URL)
		if err == nil {
			err = res.Body.Close()
		}
		return err
	}
	first := get(nil)
	if first == nil {
		t.Fatal("the certificate of a test is trusted")
	}
	help := advises(t, certificateHelp(first, false), "give its certificates with --secret id=ca,src=FILE")
	more := advises(t, certificateHelp(first, true), "add those of the authority that signed its certificate")
	if err := get(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})); err != nil {
		t.Errorf("%s, and then %v", help, err)
	}
	return []string{help, more}
}

// followSettings: what is said to write into the configuration is right there.
func followSettings(t *testing.T) []string {
	t.Helper()
	var followed []string
	for _, compiler := range []string{"zig", "musl"} {
		help := advises(t, cgoHelp(compilers(t)[compiler], "x.go:3:10: fatal error: sqlite3.h: No such file or directory"), "packages: {build: [PACKAGE]}}")
		accepts(t, strings.ReplaceAll(help, "PACKAGE", "libsqlite3-dev"))
		followed = append(followed, help)
	}
	optional := advises(t, cgoHelp(compilers(t)["optional"], "/usr/bin/ld: cannot find -lfoo"), "or build without C: cgo: {enabled: off}")
	accepts(t, optional)
	err := hasArchitectures("debian-12", []string{"riscv64"})
	if err == nil {
		err = errors.New("Debian 12 has riscv64")
	}
	arch := advises(t, err.Error(), "name Debian 13 or later in cgo.base, such as debian:trixie-slim, compile with zig (cgo.compiler: zig, with cgo.zig), or build without C (cgo.enabled: off)")
	works(t, arch, accepted("cgo: {base: debian:trixie-slim}"))
	works(t, arch, accepted("cgo: {compiler: zig, zig: {image: registry.example/zig:1}}"))
	works(t, arch, accepted("cgo: {enabled: off}"))
	if err := hasArchitectures("debian-13", []string{"riscv64"}); err != nil {
		t.Errorf("%s, and then %v", arch, err)
	}
	return append(followed, optional, arch)
}

var setting = regexp.MustCompile(`cgo: \{[^{}]*(?:\{[^{}]*\})?[^{}]*\}`)

// accepts takes the settings out of what is said, and holds them against what a configuration may have.
func accepts(t *testing.T, said string) {
	t.Helper()
	found := setting.FindAllString(said, -1)
	if len(found) == 0 {
		t.Errorf("%q has no setting", said)
	}
	for _, text := range found {
		works(t, said, accepted(text))
	}
}

// accepted gives what is wrong with a configuration, or "".
func accepted(text string) string {
	file, err := config.Parse("modship.yaml", []byte(text))
	if err == nil {
		_, err = file.Target("", nil)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}
