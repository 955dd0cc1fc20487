package step

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/testing/testbed"
)

func TestUndefinedSymbols(t *testing.T) {
	const said = "/usr/bin/ld: libpcap.a(pcap-dbus.o): in function `dbus_write':\n" +
		"(.text+0x74): undefined reference to `dbus_error_free'\n(.text+0x7): undefined reference to `dbus_error_free'\n" +
		"(.text+0x8): undefined reference to `foo::bar(int)'\nld.lld: error: undefined symbol: sd_listen_fds\n>>> referenced by x.c:1\nmain.f: relocation target main.missing not defined\n"
	if got := undefinedSymbols(said); !slices.Equal(got, []string{"dbus_error_free", "sd_listen_fds"}) {
		t.Errorf("got %q", got)
	}
}

// TestFindLibrary reads libraries that the tools of this machine made.
func TestFindLibrary(t *testing.T) {
	for _, tool := range []string{"gcc", "ar"} {
		if _, err := exec.LookPath(tool); err != nil {
			testbed.Missing(t, "%s", tool)
		}
	}
	dir := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", args, err, out)
		}
	}
	for name, text := range map[string]string{
		"one.c": "int f(void) { return 1; } int g(void) { return 2; }\n",
		"two.c": "int f(void); int h(void) { return f(); } int k(void) { return 3; }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run("gcc", "-c", "one.c")
	run("ar", "rcs", "libone.a", "one.o")
	run("gcc", "-shared", "-fPIC", "-o", "libtwo-1.so.0.3", "two.c")
	run("gcc", "-shared", "-fPIC", "-o", "libthree.so", "two.c")
	run("ar", "rcs", "libempty.a")
	if err := os.WriteFile(filepath.Join(dir, "libscript.so"), []byte("INPUT(-lone f g h k)\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		symbols []string
		name    string
	}{
		{[]string{"f", "g"}, "one"},
		{[]string{"h", "k"}, "three"}, // which the linker finds
		{[]string{"x", "g"}, "one"},
		{[]string{"x"}, ""},
		{[]string{"ne"}, ""}, // no part of a name
	} {
		got, ok := findLibrary([]string{filepath.Join(dir, "gone"), dir}, c.symbols)
		if got.name != c.name || ok != (c.name != "") {
			t.Errorf("%q are in %+v, want %q", c.symbols, got, c.name)
		}
	}
	if err := os.Remove(filepath.Join(dir, "libthree.so")); err != nil {
		t.Fatal(err)
	}
	if got, _ := findLibrary([]string{dir}, []string{"h"}); got.name != "two-1" || got.file != "" || !strings.HasSuffix(got.shared, "/libtwo-1.so.0.3") {
		t.Errorf("without a file for the linker: %+v", got)
	}
}

// TestLinkHelpReal has the linker of this machine miss what another library has.
func TestLinkHelpReal(t *testing.T) {
	for _, tool := range []string{"/usr/bin/gcc", "/usr/bin/ar"} {
		if _, err := os.Stat(tool); err != nil {
			testbed.Missing(t, "%s", tool)
		}
	}
	dir := t.TempDir()
	run := func(args ...string) (said string, err error) {
		cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for name, text := range map[string]string{
		"base.c": "int modship_base(void) { return 1; }\n",
		"top.c":  "int modship_base(void); int modship_top(void) { return modship_base(); }\n",
		"main.c": "int modship_top(void); int main(void) { return modship_top(); }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"gcc", "-c", "base.c", "top.c"}, {"ar", "rcs", "libtop.a", "top.o"}, {"gcc", "-shared", "-fPIC", "-o", "libbase.so", "base.c"},
	} {
		if said, err := run(args...); err != nil {
			t.Fatalf("%q: %v\n%s", args, err, said)
		}
	}
	c := &request.Cgo{Provider: ctoolchain.GCC, Libc: ctoolchain.Glibc, LDFlags: []string{"-L" + dir, "-ltop"}}
	c.Tools.CC = "gcc"
	said, err := run("gcc", "main.c", "-L.", "-ltop")
	if err == nil {
		t.Fatal("it links")
	}
	if got, want := linkHelp(c, false, said), "modship_base in no library that is linked; "+dir+"/libbase.so has it: add -lbase to cgo.ldflags"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := linkHelp(c, true, said); !strings.Contains(got, "libbase.so has it, and there is no libbase.a") || !strings.Contains(got, "cgo: {link: dynamic}") {
		t.Errorf("a static link: %q", got)
	}
	if said, err := run("ar", "rcs", "libbase.a", "base.o"); err != nil {
		t.Fatal(err, said)
	}
	if got := linkHelp(c, true, said); !strings.HasSuffix(got, "/libbase.a has it: add -lbase to cgo.ldflags") {
		t.Errorf("a static link with an archive: %q", got)
	}
}

// TestSearchDirs asks the compiler of this machine.
func TestSearchDirs(t *testing.T) {
	if _, err := os.Stat("/usr/bin/gcc"); err != nil {
		testbed.Missing(t, "gcc in /usr/bin")
	}
	c := &request.Cgo{Provider: ctoolchain.GCC, Libc: ctoolchain.Glibc}
	c.Tools.CC = "gcc"
	if dirs := searchDirs(c); !slices.Contains(dirs, "/usr/lib") {
		t.Errorf("gcc looks in %q", dirs)
	}
	c.Tools.CC = "no-such-cc"
	if dirs := searchDirs(c); len(dirs) > 0 {
		t.Errorf("a compiler that is not there looks in %q", dirs)
	}
}

func TestLinkHelp(t *testing.T) {
	const said = "undefined reference to `no_library_has_this'\n"
	all := compilers(t)
	for name, want := range map[string]string{
		"zig":   "zig brings no libraries",
		"gcc":   "a Debian package for cgo.packages.build",
		"musl":  "built for musl",
		"image": "installed in the builder image",
	} {
		c := *all[name]
		if name != "zig" {
			c.Tools.CC = "no-such-cc"
		}
		got := linkHelp(&c, true, said)
		if !strings.HasPrefix(got, "no_library_has_this in no library that is linked") || !strings.Contains(got, want) || strings.Contains(got, "\n") {
			t.Errorf("%s: %q", name, got)
		}
		for _, other := range []string{"", "undefined reference to `main'\n", "main.f: relocation target main.g not defined\n"} {
			if got := linkHelp(&c, true, other); got != "" {
				t.Errorf("%s: of %q it says %q", name, other, got)
			}
		}
	}
	if got := linkHelp(nil, true, said); got != "" {
		t.Errorf("without C: %q", got)
	}
	if got := linkHelp(all["musl"], true, "undefined reference to `__isoc99_sscanf'"); got != "" {
		t.Errorf("of glibc's symbols: %q", got)
	}
}
