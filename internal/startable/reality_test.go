package startable_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/startable"
)

// outcome says for which C libraries a program starts.
type outcome struct{ glibc, musl bool }

var (
	always = outcome{true, true}
	never  = outcome{}
	glibc  = outcome{glibc: true}
	musl   = outcome{musl: true}
)

func (o outcome) of(f flavor) bool {
	if f.name == "musl" {
		return o.musl
	}
	return o.glibc
}

// scenario is an image with a program at /app/prog, unless program names another.
type scenario struct {
	name    string
	lay     func(m *image)
	want    outcome
	says    string // in the problem, where there is one
	env     []string
	program string
	bare    bool   // the image has no C library
	only    string // the one flavor that it is for
}

var scenarios = []scenario{
	{name: "static", bare: true, want: always, lay: func(m *image) { m.compile("/app/prog", alone, "-static") }},
	{name: "no library but libc", want: always, lay: func(m *image) { m.compile("/app/prog", alone) }},
	{name: "default folder", want: always, lay: func(m *image) {
		m.lib(m.flavor.defaultDir+"/libf.so.1", answer)
		m.program("/app/prog", m.in(m.flavor.defaultDir+"/libf.so.1"))
	}},
	{name: "missing library", want: never, says: "needs the library libf.so.1, which the image does not have", lay: func(m *image) {
		m.lib("/opt/libf.so.1", answer)
		m.program("/app/prog", m.in("/opt/libf.so.1"))
		m.remove("/opt/libf.so.1")
	}},
	{name: "missing library of a library", want: never, says: "libf.so.1 needs the library libg.so, which the image does not have", lay: func(m *image) {
		m.lib("/opt/libg.so", "int g(void) { return 42; }")
		m.lib(m.flavor.defaultDir+"/libf.so.1", "int g(void); int f(void) { return g(); }", m.in("/opt/libg.so"))
		m.program("/app/prog", m.in(m.flavor.defaultDir+"/libf.so.1"))
		m.remove("/opt/libg.so")
	}},
	{name: "chain of libraries", want: always, lay: func(m *image) {
		m.lib(m.flavor.defaultDir+"/libg.so", "int g(void) { return 42; }")
		m.lib(m.flavor.defaultDir+"/libf.so.1", "int g(void); int f(void) { return g(); }", m.in(m.flavor.defaultDir+"/libg.so"))
		m.program("/app/prog", m.in(m.flavor.defaultDir+"/libf.so.1"))
	}},
	{name: "circle of libraries", want: always, lay: func(m *image) {
		g, f := m.flavor.defaultDir+"/libg.so", m.flavor.defaultDir+"/libf.so"
		m.lib(g, "int g(void) { return 42; }")
		m.lib(f, "int g(void); int f(void) { return g(); }", m.in(g))
		m.lib(g, "int f(void); int g(void) { return 42; } int h(void) { return f(); }", m.in(f))
		m.program("/app/prog", m.in(f))
	}},
	{name: "runpath with origin", want: always, lay: func(m *image) {
		m.lib("/app/lib/libf.so.1", answer)
		m.program("/app/prog", m.in("/app/lib/libf.so.1"), "-Wl,-rpath,$ORIGIN/lib")
	}},
	{name: "origin through a link to the program", program: "/usr/bin/tool", want: always, lay: func(m *image) {
		m.lib("/app/lib/libf.so.1", answer)
		m.program("/app/bin/prog", m.in("/app/lib/libf.so.1"), "-Wl,-rpath,${ORIGIN}/../lib")
		m.link("/usr/bin/tool", "../../app/bin/prog")
	}},
	{name: "origin of a library behind a link", want: always, lay: func(m *image) {
		// The origin of a library is where it is found, not where the link leads.
		m.lib("/app/lib/libg.so", "int g(void) { return 42; }")
		m.lib("/store/libf.so.1", "int g(void); int f(void) { return g(); }", m.in("/app/lib/libg.so"), "-Wl,-rpath,$ORIGIN")
		m.link("/app/lib/libf.so.1", "/store/libf.so.1")
		m.program("/app/prog", m.in("/store/libf.so.1"), "-Wl,-rpath,/app/lib")
	}},
	{name: "folder behind links with dots", want: always, lay: func(m *image) {
		m.lib("/store/a/b/libf.so.1", answer)
		m.program("/app/prog", m.in("/store/a/b/libf.so.1"), "-Wl,-rpath,/opt/here/../b")
		mkdir(m.t, m.path("/store/a/c"))
		m.link("/opt/here", "/store/a/c") // so /opt/here/.. is /store/a
	}},
	{name: "runpath is not for libraries of libraries", want: musl, says: "libf.so.1 needs the library libg.so, but the dynamic loader does not look into /opt", lay: func(m *image) {
		m.lib("/opt/libg.so", "int g(void) { return 42; }")
		m.lib("/opt/libf.so.1", "int g(void); int f(void) { return g(); }", m.in("/opt/libg.so"))
		m.program("/app/prog", m.in("/opt/libf.so.1"), "-Wl,-rpath,/opt,--enable-new-dtags")
	}},
	{name: "rpath is for libraries of libraries", want: always, lay: func(m *image) {
		m.lib("/opt/libg.so", "int g(void) { return 42; }")
		m.lib("/opt/libf.so.1", "int g(void); int f(void) { return g(); }", m.in("/opt/libg.so"))
		m.program("/app/prog", m.in("/opt/libf.so.1"), "-Wl,-rpath,/opt,--disable-new-dtags")
	}},
	{name: "runpath of a library shuts off rpath", want: musl, says: "libf.so.1 needs the library libg.so", lay: func(m *image) {
		m.lib("/opt/libg.so", "int g(void) { return 42; }")
		m.lib("/opt/libf.so.1", "int g(void); int f(void) { return g(); }", m.in("/opt/libg.so"), "-Wl,-rpath,/nowhere,--enable-new-dtags")
		m.program("/app/prog", m.in("/opt/libf.so.1"), "-Wl,-rpath,/opt,--disable-new-dtags")
	}},
	{name: "runpath with lib", want: glibc, says: "libf.so.1", lay: func(m *image) {
		dir := "/opt/" + m.flavor.lib
		m.lib(dir+"/libf.so.1", answer)
		m.program("/app/prog", m.in(dir+"/libf.so.1"), "-Wl,-rpath,/opt/$LIB")
	}},
	{name: "unknown token spoils a search path", want: glibc, says: "libf.so.1", lay: func(m *image) {
		m.lib("/app/libf.so.1", answer)
		m.program("/app/prog", m.in("/app/libf.so.1"), "-Wl,-rpath,/x/$OTHER:$ORIGIN")
	}},
	{name: "LD_LIBRARY_PATH", want: always, env: []string{"LD_LIBRARY_PATH=/nowhere:/opt/lib"}, lay: func(m *image) {
		m.lib("/opt/lib/libf.so.1", answer)
		m.program("/app/prog", m.in("/opt/lib/libf.so.1"))
	}},
	{name: "usr local lib", want: musl, says: "the dynamic loader does not look into /usr/local/lib", lay: func(m *image) {
		m.lib("/usr/local/lib/libf.so.1", answer)
		m.program("/app/prog", m.in("/usr/local/lib/libf.so.1"))
	}},
	{name: "name with a slash", want: always, lay: func(m *image) {
		m.lib("/opt/libf.so", answer, "-Wl,-soname,/opt/libf.so")
		m.program("/app/prog", m.in("/opt/libf.so"))
	}},
	{name: "name with origin", want: glibc, says: "$ORIGIN/libf.so", lay: func(m *image) {
		m.lib("/app/libf.so", answer, "-Wl,-soname,$ORIGIN/libf.so")
		m.program("/app/prog", m.in("/app/libf.so"))
	}},
	{name: "known by soname", want: glibc, says: "needs the library libsame.so", lay: func(m *image) {
		m.lib("/opt/libg.so", "int g(void) { return 42; }", "-Wl,-soname,libsame.so")
		m.lib(m.flavor.defaultDir+"/libf.so.1", "int g(void); int f(void) { return g(); }", m.in("/opt/libg.so"))
		m.lib("/opt/libg.so", "int g(void) { return 42; }", "-Wl,-soname,/opt/libg.so")
		m.program("/app/prog", m.in("/opt/libg.so"), m.in(m.flavor.defaultDir+"/libf.so.1"))
		m.lib("/opt/libg.so", "int g(void) { return 42; }", "-Wl,-soname,libsame.so")
	}},
	{name: "two names of one file", want: always, lay: func(m *image) {
		dir := m.flavor.defaultDir
		m.lib("/opt/libone.so", answer, "-Wl,-soname,libone.so")
		m.lib("/opt/libtwo.so", answer, "-Wl,-soname,libtwo.so")
		m.program("/app/prog", m.in("/opt/libone.so"), m.in("/opt/libtwo.so"))
		m.move("/opt/libone.so", dir+"/libone.so")
		m.link(dir+"/libtwo.so", "libone.so")
	}},
	{name: "link that leads nowhere is passed over", want: always, lay: func(m *image) {
		m.lib(m.flavor.defaultDir+"/libf.so.1", answer)
		m.program("/app/prog", m.in(m.flavor.defaultDir+"/libf.so.1"), "-Wl,-rpath,/opt")
		m.link("/opt/libf.so.1", "libf.so.1.2")
	}},
	{name: "library is a text", want: never, says: "/opt/libf.so.1 is not an ELF file", lay: func(m *image) {
		m.lib(m.flavor.defaultDir+"/libf.so.1", answer)
		m.program("/app/prog", m.in(m.flavor.defaultDir+"/libf.so.1"), "-Wl,-rpath,/opt")
		m.write("/opt/libf.so.1", "INPUT(libf.so.1.2) "+strings.Repeat("x", 2000), 0o755)
	}},
	{name: "library is a folder", want: never, says: "/opt/libf.so.1 is not a regular file", lay: func(m *image) {
		m.lib(m.flavor.defaultDir+"/libf.so.1", answer)
		m.program("/app/prog", m.in(m.flavor.defaultDir+"/libf.so.1"), "-Wl,-rpath,/opt")
		mkdir(m.t, m.path("/opt/libf.so.1"))
	}},
	{name: "library need not be executable", want: always, lay: func(m *image) {
		m.lib(m.flavor.defaultDir+"/libf.so.1", answer)
		m.program("/app/prog", m.in(m.flavor.defaultDir+"/libf.so.1"))
		if err := os.Chmod(m.path(m.flavor.defaultDir+"/libf.so.1"), 0o644); err != nil {
			m.t.Fatal(err)
		}
	}},
	{name: "library for another processor", want: never, says: "libf.so.1 is for linux/", lay: func(m *image) {
		m.lib(m.flavor.defaultDir+"/libf.so.1", answer)
		m.program("/app/prog", m.in(m.flavor.defaultDir+"/libf.so.1"))
		foreignLib(m, m.flavor.defaultDir+"/libf.so.1")
	}},
	{name: "library for another processor comes first", want: glibc, says: "/opt/libf.so.1 is for linux/", lay: func(m *image) {
		m.lib(m.flavor.defaultDir+"/libf.so.1", answer)
		m.program("/app/prog", m.in(m.flavor.defaultDir+"/libf.so.1"), "-Wl,-rpath,/opt")
		foreignLib(m, "/opt/libf.so.1")
	}},
	{name: "symbol version", want: always, lay: func(m *image) {
		versioned(m, "V1 { global: f; local: *; };")
		m.program("/app/prog", m.in(m.flavor.defaultDir+"/libf.so.1"))
	}},
	{name: "symbol version is missing", want: musl, says: "/app/prog needs V_2.10 of libf.so.1, but ", lay: func(m *image) {
		versioned(m, "V_2.10 { global: f; local: *; };")
		m.program("/app/prog", m.in(m.flavor.defaultDir+"/libf.so.1"))
		versioned(m, "V_2.9 { global: f; local: *; }; V_2.1 {};")
	}},
	{name: "symbol version of a library is missing", want: musl, says: "libg.so needs V2 of libf.so.1", lay: func(m *image) {
		versioned(m, "V1 { local: *; }; V2 { global: f; };")
		m.lib(m.flavor.defaultDir+"/libg.so", "int f(void); int g(void) { return f(); }", m.in(m.flavor.defaultDir+"/libf.so.1"))
		versioned(m, "V1 { global: f; local: *; };")
		m.program("/app/prog", m.in(m.flavor.defaultDir+"/libg.so"), m.in(m.flavor.defaultDir+"/libf.so.1"))
	}},
	{name: "glibc is too old", want: never, only: "glibc", says: "/app/prog needs GLIBC_2.99 of libm.so.6, but /lib/x86_64-linux-gnu/libm.so.6 in the image has up to GLIBC_2.", lay: func(m *image) {
		m.write("/version.script", "GLIBC_2.99 { global: f; local: *; };", 0o644)
		m.lib("/opt/libm.so.6", answer, "-Wl,--version-script,"+m.path("/version.script"))
		m.program("/app/prog", m.in("/opt/libm.so.6"))
		m.remove("/opt")
		m.copy(m.flavor.defaultDir+"/libm.so.6", m.flavor.defaultDir+"/libm.so.6")
	}},
	{name: "weak symbol version is missing", want: always, lay: func(m *image) {
		versioned(m, "V1 { global: f; local: *; }; V2 { global: g; };", "int g(void) { return 1; }")
		m.compile("/app/prog", `
			#include <unistd.h>
			int f(void);
			__attribute__((weak)) int g(void);
			int main(void) { if (f() == 42) write(1, "started\n", 8); return 0; }
			int (*volatile p)(void) = g;`, m.in(m.flavor.defaultDir+"/libf.so.1"))
		versioned(m, "V1 { global: f; local: *; };")
		weaken(m, "/app/prog")
	}},
	{name: "library has lost its versions", want: always, lay: func(m *image) {
		versioned(m, "V2 { global: f; local: *; };")
		m.program("/app/prog", m.in(m.flavor.defaultDir+"/libf.so.1"))
		m.lib(m.flavor.defaultDir+"/libf.so.1", answer)
	}},
	{name: "no default folders", want: musl, says: "needs the library libc.so.6, but it is linked with -z nodefaultlib", lay: func(m *image) {
		m.compile("/app/prog", alone, "-Wl,-z,nodefaultlib")
	}},
	{name: "no default folders but a path", want: always, lay: func(m *image) {
		m.lib(m.flavor.defaultDir+"/libf.so.1", answer)
		m.program("/app/prog", m.in(m.flavor.defaultDir+"/libf.so.1"), "-Wl,-z,nodefaultlib", "-Wl,-rpath,"+m.flavor.defaultDir+":"+path.Dir(m.flavor.libc))
	}},
	{name: "opened at run time", want: always, lay: func(m *image) {
		m.compile("/app/prog", `
			#include <dlfcn.h>
			#include <unistd.h>
			int main(void) { write(1, "started\n", 8); return dlopen("libnowhere.so", RTLD_NOW) != 0; }`, "-ldl")
	}},
	{name: "without section headers", want: always, lay: func(m *image) {
		m.lib(m.flavor.defaultDir+"/libf.so.1", answer)
		m.program("/app/prog", m.in(m.flavor.defaultDir+"/libf.so.1"))
		dropSections(m, m.flavor.defaultDir+"/libf.so.1")
		dropSections(m, "/app/prog")
	}},
	{name: "shared library as the program", program: "/app/libf.so", want: never, says: "names no dynamic loader", lay: func(m *image) {
		m.lib("/app/libf.so", answer)
	}},

	{name: "no loader", bare: true, want: never, says: "which the image does not have", lay: func(m *image) { m.compile("/app/prog", alone) }},
	{name: "loader is not executable", want: never, only: "glibc", says: "the dynamic loader of /app/prog, is not executable", lay: func(m *image) {
		m.compile("/app/prog", alone)
		if err := os.Chmod(m.path(m.flavor.loader), 0o644); err != nil {
			m.t.Fatal(err)
		}
	}},
	{name: "loader for another processor", want: never, says: "is for linux/", lay: func(m *image) {
		m.compile("/app/prog", alone)
		foreignLib(m, m.flavor.loader)
	}},
	{name: "musl program in glibc image", want: never, only: "glibc", says: "is linked with musl (its loader is /lib/ld-musl-x86_64.so.1), but the image has glibc", lay: func(m *image) {
		need(m.t, muslAMD64.compiler, muslAMD64.pkg)
		m.compileWith(muslAMD64.compiler, "/app/prog", alone)
	}},
	{name: "glibc program in musl image", want: never, only: "musl", says: "is linked with glibc (its loader is /lib64/ld-linux-x86-64.so.2), but the image has musl", lay: func(m *image) {
		m.compileWith("gcc", "/app/prog", alone)
	}},
	{name: "glibc program with musl at glibc's path", want: musl, only: "musl", lay: func(m *image) {
		m.compileWith("gcc", "/app/prog", `int puts(const char *); int main(void) { puts("started"); return 0; }`, "-U_FORTIFY_SOURCE")
		m.link("/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1")
	}},

	{name: "ld.so.conf without a cache", want: never, only: "glibc", says: "/opt/lib/libf.so.1 is not in /etc/ld.so.cache, although /etc/ld.so.conf names the folder", lay: func(m *image) {
		m.lib("/opt/lib/libf.so.1", answer)
		m.program("/app/prog", m.in("/opt/lib/libf.so.1"))
		m.write("/etc/ld.so.conf", "include ld.so.conf.d/*.conf\n", 0o644)
		m.write("/etc/ld.so.conf.d/opt.conf", "# ours\n/opt/lib\n", 0o644)
	}},
	{name: "cache", want: glibc, only: "glibc", lay: func(m *image) {
		m.lib("/opt/lib/libf.so.1", answer)
		m.program("/app/prog", m.in("/opt/lib/libf.so.1"))
		m.write("/etc/ld.so.conf", "/opt/lib\n", 0o644)
		ldconfig(m)
	}},
	{name: "cache in two formats", want: glibc, only: "glibc", lay: func(m *image) {
		m.lib("/opt/lib/libf.so.1", answer)
		m.program("/app/prog", m.in("/opt/lib/libf.so.1"))
		m.write("/etc/ld.so.conf", "/opt/lib\n", 0o644)
		ldconfig(m, "-c", "compat")
	}},
	{name: "cache is older than the library", want: never, only: "glibc", says: "run ldconfig", lay: func(m *image) {
		m.write("/etc/ld.so.conf", "/opt/lib\n", 0o644)
		ldconfig(m)
		m.lib("/opt/lib/libf.so.1", answer)
		m.program("/app/prog", m.in("/opt/lib/libf.so.1"))
	}},
	{name: "cache names what is gone", want: glibc, only: "glibc", lay: func(m *image) {
		m.lib("/opt/lib/libf.so.1", answer)
		m.program("/app/prog", m.in("/opt/lib/libf.so.1"))
		m.write("/etc/ld.so.conf", "/opt/lib\n", 0o644)
		ldconfig(m)
		m.move("/opt/lib/libf.so.1", m.flavor.defaultDir+"/libf.so.1")
	}},
	{name: "cache is damaged", want: glibc, only: "glibc", lay: func(m *image) {
		m.compile("/app/prog", alone)
		m.write("/etc/ld.so.cache", "glibc-ld.so.cache1.1\xff\xff\xff", 0o644)
	}},

	{name: "path file without the folder", want: never, only: "musl", says: "the dynamic loader does not look into /usr/lib", lay: func(m *image) {
		m.lib("/usr/lib/libf.so.1", answer)
		m.program("/app/prog", m.in("/usr/lib/libf.so.1"))
		m.write("/etc/ld-musl-x86_64.path", "/opt/a:/opt/b\n/opt/c\n", 0o644)
	}},
	{name: "path file with the folder", want: musl, only: "musl", lay: func(m *image) {
		m.lib("/opt/c/libf.so.1", answer)
		m.program("/app/prog", m.in("/opt/c/libf.so.1"))
		m.write("/etc/ld-musl-x86_64.path", "/opt/a:/opt/b\n/opt/c\n", 0o644)
	}},
	{name: "names of the C library", want: musl, only: "musl", lay: func(m *image) {
		for _, name := range []string{"libpthread.so.0", "libc.musl-x86_64.so.1", "libm.so.6"} {
			m.lib("/opt/"+name, "")
		}
		m.compile("/app/prog", alone, m.in("/opt/libpthread.so.0"), m.in("/opt/libc.musl-x86_64.so.1"), m.in("/opt/libm.so.6"))
		m.remove("/opt")
	}},

	{name: "program is missing", want: never, says: "the program /app/prog does not exist", lay: func(*image) {}},
	{name: "program is a folder", want: never, says: "the program /app/prog is a folder", lay: func(m *image) { mkdir(m.t, m.path("/app/prog")) }},
	{name: "program is below a file", program: "/app/prog/x", want: never, says: "does not exist", lay: func(m *image) { m.compile("/app/prog", alone) }},
	{name: "program is not executable", only: "glibc", want: never, says: "its mode is 0644", lay: func(m *image) {
		m.compile("/app/prog", alone)
		if err := os.Chmod(m.path("/app/prog"), 0o644); err != nil {
			m.t.Fatal(err)
		}
	}},
	{name: "program is a link in a circle", want: never, says: "does not exist", lay: func(m *image) { m.link("/app/prog", "/app/prog") }},
	{name: "program is a link to nowhere", want: never, says: "the symbolic link /app/prog leads to ../gone", lay: func(m *image) { m.link("/app/prog", "../gone") }},
	{name: "program is a link out of the root", want: never, says: "does not exist", lay: func(m *image) { m.link("/app/prog", "../../../../../../bin/true") }},
	{name: "program is for another processor", want: never, says: "/app/prog is for linux/", lay: func(m *image) { foreignLib(m, "/app/prog") }},
	{name: "program is empty", only: "glibc", want: never, says: "is neither an ELF executable nor a script", lay: func(m *image) { m.write("/app/prog", "", 0o755) }},
	{name: "program is a script without a line", only: "glibc", want: never, says: "is neither an ELF executable nor a script", lay: func(m *image) {
		m.write("/app/prog", "echo started\n", 0o755)
	}},
	{name: "script", only: "glibc", want: glibc, lay: func(m *image) {
		m.compile("/usr/bin/real", alone)
		m.write("/app/prog", "#! /bin/real -x y\n", 0o755)
	}},
	{name: "script with a missing library behind it", only: "glibc", want: never, says: "/bin/real needs the library libf.so.1", lay: func(m *image) {
		m.lib("/opt/libf.so.1", answer)
		m.program("/usr/bin/real", m.in("/opt/libf.so.1"))
		m.write("/app/prog", "#!/bin/real", 0o755)
		m.remove("/opt")
	}},
	{name: "script without its interpreter", only: "glibc", want: never, says: "/bin/gone, the interpreter of the script /app/prog, does not exist", lay: func(m *image) {
		m.write("/app/prog", "#!/bin/gone\n", 0o755)
	}},
	{name: "script with line ends of another system", only: "glibc", want: never, says: "carriage return", lay: func(m *image) {
		m.compile("/usr/bin/real", alone)
		m.write("/app/prog", "#!/bin/real\r\n", 0o755)
	}},
	{name: "script of a long line", only: "glibc", want: never, says: "does not name its interpreter", lay: func(m *image) {
		m.compile("/usr/bin/real", alone)
		m.write("/app/prog", "#!"+strings.Repeat("/", 300)+"bin/real\n", 0o755)
	}},
	{name: "five scripts", only: "glibc", want: glibc, lay: func(m *image) { scripts(m, 5) }},
	{name: "six scripts", only: "glibc", want: never, says: "/app/prog is a script, and so are its interpreter", lay: func(m *image) { scripts(m, 6) }},
}

// TestReality holds Check against starting the program, and Closure against starting it in an empty root.
func TestReality(t *testing.T) {
	needRoot(t)
	for s, f := range images() {
		if !testing.Short() || f.emulator == "" {
			t.Run(f.name+"/"+s.name, func(t *testing.T) { s.run(t, f) })
		}
	}
}

// images are the scenarios with each C library that they are for.
func images() iter.Seq2[scenario, flavor] {
	return func(yield func(scenario, flavor) bool) {
		for _, s := range scenarios {
			for _, f := range flavors {
				if (s.only == "" || s.only == f.name) && !yield(s, f) {
					return
				}
			}
		}
	}
}

// TestFigures: README.md says how many there are, and how many of them do not start.
func TestFigures(t *testing.T) {
	all, broken := 0, 0
	for s, f := range images() {
		all++
		if !s.want.of(f) {
			broken++
		}
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("for %d images, %d of them broken,", all, broken); !strings.Contains(string(readme), want) {
		t.Errorf("README.md does not say %q", want)
	}
}

func (s scenario) run(t *testing.T, f flavor) {
	m := newImage(t, f, s.bare)
	s.lay(m)
	program := s.program
	if program == "" {
		program = "/app/prog"
	}
	report, err := startable.Check(os.DirFS(m.root), program, f.target(t), s.env...)
	if err != nil {
		t.Fatal(err)
	}
	want := s.want.of(f)
	if started, out := starts(t, m.root, s.env, f.args(program)...); started != want {
		t.Errorf("in reality the program starts: %v, which the test does not expect: %s", started, out)
	}
	if (report.Err() == nil) != want {
		t.Errorf("starts: %v, but the report says: %v", want, report.Err())
	}
	if err := report.Err(); !want && err != nil && !strings.Contains(err.Error(), s.says) {
		t.Errorf("the problem %q lacks %q", err, s.says)
	}
	if want && s.hasClosure(m) {
		s.closure(m)
	}
}

// foreignLib puts a library there that is for another processor.
func foreignLib(m *image, name string) {
	other := glibcARM64
	if m.flavor.platform == other.platform {
		other = glibcAMD64
	}
	need(m.t, other.compiler, other.pkg)
	m.compileWith(other.compiler, name, answer, "-shared", "-fPIC")
}

// versioned puts a library with symbol versions into the default folder.
func versioned(m *image, script string, more ...string) {
	m.t.Helper()
	m.write("/version.script", script, 0o644)
	m.lib(m.flavor.defaultDir+"/libf.so.1", answer+strings.Join(more, ""), "-Wl,--version-script,"+m.path("/version.script"))
}

func ldconfig(m *image, args ...string) {
	m.t.Helper()
	tool := "/sbin/ldconfig"
	if _, err := os.Stat(tool); err != nil {
		tool = need(m.t, "ldconfig", "libc-bin")
	}
	if out, err := exec.CommandContext(m.t.Context(), tool, append([]string{"-r", m.root}, args...)...).CombinedOutput(); err != nil {
		m.t.Fatalf("ldconfig: %v\n%s", err, out)
	}
}

// weaken marks every symbol version that a program needs as one that may be missing, which linkers leave to their users.
func weaken(m *image, name string) {
	m.t.Helper()
	content, err := os.ReadFile(m.path(name))
	if err != nil {
		m.t.Fatal(err)
	}
	file, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		m.t.Fatal(err)
	}
	le, section := binary.LittleEndian, file.Section(".gnu.version_r")
	for at, next := section.Offset, uint32(1); next != 0; at += uint64(next) {
		next = le.Uint32(content[at+12:])
		aux := at + uint64(le.Uint32(content[at+8:]))
		for range le.Uint16(content[at+2:]) {
			le.PutUint16(content[aux+4:], 2)
			aux += uint64(le.Uint32(content[aux+12:]))
		}
	}
	m.write(name, string(content), 0o755)
}

// dropSections clears e_shoff, e_shnum and e_shstrndx of a 64-bit file.
func dropSections(m *image, name string) {
	m.t.Helper()
	content, err := os.ReadFile(m.path(name))
	if err != nil {
		m.t.Fatal(err)
	}
	clear(content[40:48])
	clear(content[60:64])
	m.write(name, string(content), 0o755)
}

// scripts makes a chain of n scripts before the program.
func scripts(m *image, n int) {
	m.t.Helper()
	interpreter := "/bin/real"
	m.compile(interpreter, alone)
	for i := range n {
		name := "/app/prog"
		if i < n-1 {
			name += strings.Repeat("x", i+1)
		}
		m.write(name, "#!"+interpreter+"\n", 0o755)
		interpreter = name
	}
}
