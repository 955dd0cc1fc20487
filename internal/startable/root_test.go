package startable_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/target"
)

// flavor is a C library to build with, and how to run what was built.
type flavor struct {
	name, platform  string
	compiler, pkg   string
	loader, libc    string // paths in an image; libc is "" where the loader is it
	from            string // folder that stands for / of the flavor on this machine
	defaultDir, lib string // a folder the loader looks into, and what $LIB is
	emulator        string // path in an image
}

var (
	glibcAMD64 = flavor{
		name: "glibc", platform: "linux/amd64", compiler: "gcc", pkg: "gcc",
		loader: "/lib64/ld-linux-x86-64.so.2", libc: "/lib/x86_64-linux-gnu/libc.so.6",
		from: "/", defaultDir: "/usr/lib/x86_64-linux-gnu", lib: "lib/x86_64-linux-gnu",
	}
	muslAMD64 = flavor{
		name: "musl", platform: "linux/amd64", compiler: "musl-gcc", pkg: "musl-tools",
		loader: "/lib/ld-musl-x86_64.so.1",
		from:   "/", defaultDir: "/usr/lib",
	}
	glibcARM64 = flavor{
		name: "glibc-arm64", platform: "linux/arm64", compiler: "aarch64-linux-gnu-gcc", pkg: "gcc-aarch64-linux-gnu libc6-dev-arm64-cross",
		loader: "/lib/ld-linux-aarch64.so.1", libc: "/lib/libc.so.6",
		from: "/usr/aarch64-linux-gnu", defaultDir: "/usr/lib/aarch64-linux-gnu", lib: "lib/aarch64-linux-gnu",
		emulator: "/qemu-aarch64-static",
	}
	flavors = []flavor{glibcAMD64, muslAMD64, glibcARM64}
)

func (f flavor) target(t *testing.T) target.Target {
	t.Helper()
	tt, err := target.Parse(f.platform)
	if err != nil {
		t.Fatal(err)
	}
	return tt
}

// args is how a program is started.
func (f flavor) args(program string) []string {
	if f.emulator != "" {
		return []string{f.emulator, program}
	}
	return []string{program}
}

// image is the root of an image on disk, and a folder for sources beside it.
type image struct {
	t       *testing.T
	flavor  flavor
	root    string
	sources string
}

// newImage makes an image with the folders of a merged /usr, and with the C library unless bare.
func newImage(t *testing.T, f flavor, bare bool) *image {
	t.Helper()
	need(t, f.compiler, f.pkg)
	m := &image{t: t, flavor: f, root: t.TempDir(), sources: t.TempDir()}
	for _, dir := range []string{"lib", "lib64", "bin"} {
		mkdir(t, m.path("/usr/"+dir))
		m.link("/"+dir, "usr/"+dir)
	}
	if f.emulator != "" {
		m.copy(f.emulator, need(t, strings.TrimPrefix(f.emulator, "/"), "qemu-user-static"))
	}
	if bare {
		return m
	}
	for _, name := range []string{f.loader, f.libc} {
		if name != "" {
			m.copy(name, filepath.Join(f.from, name))
		}
	}
	return m
}

// path gives the place of an absolute path of the image, whose folders may be links.
func (m *image) path(name string) string { return filepath.Join(m.root, name) }

func (m *image) link(name, dest string) {
	m.t.Helper()
	mkdir(m.t, filepath.Dir(m.path(name)))
	if err := os.Symlink(dest, m.path(name)); err != nil {
		m.t.Fatal(err)
	}
}

func (m *image) copy(name, source string) {
	m.t.Helper()
	in, err := os.Open(source)
	if err != nil {
		m.t.Fatal(err)
	}
	defer in.Close()
	content, err := io.ReadAll(in)
	if err != nil {
		m.t.Fatal(err)
	}
	m.write(name, string(content), 0o755)
}

func (m *image) write(name, content string, mode os.FileMode) {
	m.t.Helper()
	mkdir(m.t, filepath.Dir(m.path(name)))
	if err := os.WriteFile(m.path(name), []byte(content), mode); err != nil {
		m.t.Fatal(err)
	}
	if err := os.Chmod(m.path(name), mode); err != nil {
		m.t.Fatal(err)
	}
}

func (m *image) remove(name string) {
	m.t.Helper()
	if err := os.RemoveAll(m.path(name)); err != nil {
		m.t.Fatal(err)
	}
}

// move keeps a library for linking but takes it to another path.
func (m *image) move(from, to string) {
	m.t.Helper()
	mkdir(m.t, filepath.Dir(m.path(to)))
	if err := os.Rename(m.path(from), m.path(to)); err != nil {
		m.t.Fatal(err)
	}
}

// lib compiles a library to a path; its soname is the last part of the path unless args say otherwise.
func (m *image) lib(name, source string, args ...string) {
	m.t.Helper()
	m.compile(name, source, append([]string{"-shared", "-fPIC", "-Wl,-soname," + filepath.Base(name)}, args...)...)
}

// program compiles a program to a path. Of the source, main is given: it prints "started" if f gives 42.
func (m *image) program(name string, args ...string) {
	m.t.Helper()
	const source = `
		#include <unistd.h>
		int f(void);
		int main(void) { if (f() == 42) write(1, "started\n", 8); return 0; }`
	m.compile(name, source, args...)
}

// alone is a program without a library.
const alone = `
	#include <unistd.h>
	int main(void) { write(1, "started\n", 8); return 0; }`

// answer is a library's f.
const answer = "int f(void) { return 42; }"

// in gives the argument that links against a library of the image.
func (m *image) in(name string) string { return m.path(name) }

func (m *image) compile(name, source string, args ...string) {
	m.t.Helper()
	m.compileWith(m.flavor.compiler, name, source, args...)
}

func (m *image) compileWith(compiler, name, source string, args ...string) {
	m.t.Helper()
	file := filepath.Join(m.sources, "source.c")
	if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
		m.t.Fatal(err)
	}
	mkdir(m.t, filepath.Dir(m.path(name)))
	// Libraries that a library needs are not looked for when a program is linked: the tests place them as they like.
	args = append([]string{"-o", m.path(name), file, "-Wl,--allow-shlib-undefined", "-Wl,--no-as-needed"}, args...)
	if out, err := exec.CommandContext(m.t.Context(), compiler, args...).CombinedOutput(); err != nil {
		m.t.Fatalf("%s %s: %v\n%s", compiler, strings.Join(args, " "), err, out)
	}
}
