package step

import (
	"archive/tar"
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/request"
)

func TestCgoEnv(t *testing.T) {
	if got := cgoEnv(nil); !slices.Equal(got, []string{"CGO_ENABLED=0"}) {
		t.Errorf("without cgo: %q", got)
	}
	got := cgoEnv(&request.Cgo{
		Tools:  ctoolchain.Tools{CC: "x-gcc", CXX: "x-g++", PkgConfig: "/usr/lib/x/pkgconfig"},
		CFlags: []string{"-O2", "-DA=b c", "-Os"}, CPPFlags: []string{"-I/x"}, FFlags: []string{"-O3"}, LDFlags: []string{"-g", "-lm"},
	})
	want := []string{
		"CGO_ENABLED=1", "PATH=" + cgoPath, "CC=x-gcc", "SOURCE_DATE_EPOCH=0", "CXX=x-g++", "FC=no-fortran-compiler", "PKG_CONFIG_LIBDIR=/usr/lib/x/pkgconfig",
		"CGO_CFLAGS=-O2 '-DA=b c' -Os", "CGO_CPPFLAGS=-I/x", "CGO_FFLAGS=-O3", "CGO_LDFLAGS=-g -lm",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := cgoEnv(&request.Cgo{Tools: ctoolchain.Tools{CC: "x-gcc", FC: "x-gfortran"}}); !slices.Contains(got, "FC=x-gfortran") {
		t.Errorf("Fortran is compiled by another program: %q", got)
	}
	zig := cgoEnv(&request.Cgo{Provider: ctoolchain.Zig, Libc: ctoolchain.Musl, Tools: ctoolchain.Tools{CC: "/zig/zig cc"}})
	if !slices.Contains(zig, "ZIG_GLOBAL_CACHE_DIR="+ctoolchain.Cache) {
		t.Errorf("zig has no cache: %q", zig)
	}
}

func TestCgoLinkFlags(t *testing.T) {
	gcc, zig := ctoolchain.Tools{CC: "gcc"}, ctoolchain.Tools{CC: "/zig/zig cc"}
	const file = "-Wl,-Map=/tmp/link.map"
	for _, c := range []struct {
		req  request.Compile
		want []string
	}{
		{request.Compile{ExtLDFlags: []string{"-static"}}, nil},
		{request.Compile{Build: request.Build{Cgo: &request.Cgo{Tools: gcc}}}, []string{"-extldflags=" + file}},
		{request.Compile{Build: request.Build{Cgo: &request.Cgo{Tools: gcc}}, ExtLDFlags: []string{"-static"}}, []string{"-extldflags=-static " + file}},
		{request.Compile{Build: request.Build{Cgo: &request.Cgo{Tools: gcc}}, ExtLDFlags: []string{"-static-pie"}}, []string{"-extldflags=-static-pie " + file}},
		{request.Compile{Build: request.Build{Cgo: &request.Cgo{Provider: ctoolchain.Zig, Libc: ctoolchain.Musl, Tools: zig}}, ExtLDFlags: []string{"-static"}}, []string{"-extldflags=-static"}},
		{request.Compile{Build: request.Build{Cgo: &request.Cgo{Provider: ctoolchain.Zig, Libc: ctoolchain.Musl, Tools: zig}}, ExtLDFlags: []string{"-static", "-s"}},
			[]string{"-extldflags=-static -s"}},
	} {
		if diff := cmp.Diff(c.want, cgoLinkFlags(c.req, 0)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", c.req, diff)
		}
	}
	second := cgoLinkFlags(request.Compile{Build: request.Build{Cgo: &request.Cgo{Tools: gcc}}}, 1)
	if want := []string{"-extldflags=" + file + ".1"}; !slices.Equal(second, want) {
		t.Errorf("a second program has %q, want %q: each is linked at the same time", second, want)
	}
}

func TestLinkedFiles(t *testing.T) {
	const text = `Archive member included to satisfy reference by file (symbol)

/usr/lib/gcc-cross/aarch64-linux-gnu/12/libgcc.a(lse-init.o)
                              /usr/lib/x/crt1.o (init)
/usr/lib/aarch64-linux-gnu/libm.a(e_exp.o)
/usr/lib/aarch64-linux-gnu/libm.a(e_log.o)
/work/lib/libown.a(x.o)

Discarded input sections

LOAD /usr/lib/aarch64-linux-gnu/crt1.o
LOAD /tmp/go-link-1/go.o
LOAD /usr/lib/aarch64-linux-gnu/libc.so.6
LOAD crti.o
`
	want := []string{
		"/usr/lib/aarch64-linux-gnu/crt1.o", "/usr/lib/aarch64-linux-gnu/libm.a", "/usr/lib/gcc-cross/aarch64-linux-gnu/12/libgcc.a",
	}
	if diff := cmp.Diff(want, linkedFiles(text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLinkWarnings(t *testing.T) {
	const said = `# example.com/x
/usr/bin/ld: /tmp/go-link-1/000004.o: in function ` + "`_cgo_x_C2func_getaddrinfo':" + `
/tmp/go-build/cgo-gcc-prolog:60: warning: Using 'getaddrinfo' in statically linked applications requires at runtime the shared libraries from the glibc version used for linking
/tmp/x:1: warning: Using 'dlopen' in statically linked applications requires at runtime the shared libraries from the glibc version used for linking
/tmp/y:2: warning: Using 'dlopen' in statically linked applications requires at runtime the shared libraries from the glibc version used for linking
x.c:1: warning: unused variable
`
	got := linkWarnings(said)
	if len(got) != 2 || !strings.HasPrefix(got[0], "Using 'dlopen'") || !strings.HasPrefix(got[1], "Using 'getaddrinfo'") {
		t.Errorf("%q", got)
	}
}

func TestAptHelp(t *testing.T) {
	for said, want := range map[string]string{
		"E: Unable to locate package libnosuch-dev:arm64\n":              "no package libnosuch-dev:arm64",
		"E: Package 'libold' has no installation candidate\n":            "no package libold",
		"E: Unable to locate package a1\nE: Unable to locate package b2": "no package a1, b2",
		"E: Failed to fetch http://x":                                    "",
	} {
		if got := aptHelp(said); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}

func TestLinkerInputs(t *testing.T) {
	files := []string{"/usr/lib/x/libfoo.so", "/usr/lib/x/libfoo.so.1.2", "/usr/lib/x/libfoo.a", "/usr/lib/x/crt1.o", "/usr/share/doc/libfoo/copyright",
		"/usr/include/foo.h", "/usr/lib/x/foo.so.conf", "/usr/lib"}
	for i, want := range []bool{true, true, true, true, false, false, false, false} {
		if got := linkerInput.MatchString(files[i]); got != want {
			t.Errorf("%s: %t", files[i], got)
		}
	}
}

// TestUnpackCompiler: whatever the folder in the archive is called, and nothing outside of it.
func TestUnpackCompiler(t *testing.T) {
	archive := writeTarGz(t, map[string]int64{"zig-linux/zig": 0o755, "zig-linux/lib/std/zig": 0o644, "zig-linux/lib/c.h": 0o644, "other/x": 0o644, "zig-linux/doc/y": 0o644})
	dir := t.TempDir()
	if err := unpackCompiler(archive, dir, "zig"); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, name := range []string{"zig", "lib/std/zig", "lib/c.h", "x", "doc/y"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil {
			got = append(got, name+" "+info.Mode().String())
		}
	}
	if diff := cmp.Diff([]string{"zig -rwxr-xr-x", "lib/std/zig -rw-r--r--", "lib/c.h -rw-r--r--"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, files := range map[string]map[string]int64{
		"no zig":  {"x/y": 0o755},
		"outside": {"zig-linux/zig": 0o755, "zig-linux/../../x": 0o644},
	} {
		dir := t.TempDir()
		err := unpackCompiler(writeTarGz(t, files), filepath.Join(dir, "zig"), "zig")
		if _, statErr := os.Stat(filepath.Join(dir, "x")); statErr == nil || name == "no zig" && err == nil {
			t.Errorf("%s: %v, %v", name, err, statErr)
		}
	}
}

// TestZigVersion asks a program that answers as zig does, and one that is not there.
func TestZigVersion(t *testing.T) {
	zig := filepath.Join(t.TempDir(), "zig")
	if err := os.WriteFile(zig, []byte("#!/bin/sh\ntest \"$*\" = version && echo 0.14.1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got, err := compilerVersion(t.Context(), ctoolchain.Of(ctoolchain.Zig, ctoolchain.Musl), ctoolchain.Tools{CC: zig + " cc -target x86_64-linux-musl"}); got != "0.14.1" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := compilerVersion(t.Context(), ctoolchain.Of(ctoolchain.Zig, ctoolchain.Musl), ctoolchain.Tools{CC: zig + "x cc"}); err == nil {
		t.Errorf("no zig is of version %q", got)
	}
	if got, err := compilerVersion(t.Context(), ctoolchain.Of(ctoolchain.GCC, ctoolchain.Glibc), ctoolchain.Tools{CC: zig}); got != "" || err != nil {
		t.Errorf("of gcc, whose packages tell: %q, %v", got, err)
	}
}

func writeTarGz(t *testing.T, files map[string]int64) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "a.tar.gz")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	w := tar.NewWriter(z)
	for name, mode := range files {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode}); err != nil {
			t.Fatal(err)
		}
	}
	for _, close := range []func() error{w.Close, z.Close, f.Close} {
		if err := close(); err != nil {
			t.Fatal(err)
		}
	}
	return name
}
