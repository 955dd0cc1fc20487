package step

import (
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/step/request"
	"github.com/modship-build/modship/internal/target"
)

// compilers are those of each provider, as the plan has them.
func compilers(t *testing.T) map[string]*request.Cgo {
	t.Helper()
	amd64 := target.Target{OS: "linux", Arch: "amd64"}
	glibc, err := amd64.GCC(target.Glibc)
	if err != nil {
		t.Fatal(err)
	}
	musl, err := amd64.GCC(target.Musl)
	if err != nil {
		t.Fatal(err)
	}
	zig, err := amd64.Zig(request.ZigDir+"/zig", target.Musl, "")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*request.Cgo{
		"gcc": {Tools: glibc}, "musl": {Tools: musl}, "zig": {Tools: zig}, "image": {Tools: target.Tools{CC: "gcc"}},
	}
}

func TestCgoHelp(t *testing.T) {
	for _, c := range []struct{ compiler, said, want string }{
		{"gcc", "Package libseccomp was not found in the pkg-config search path.", "pkg-config does not know libseccomp: name the Debian package"},
		{"gcc", "Package 'foo', required by 'virtual:world', not found", "pkg-config does not know foo"},
		{"gcc", "x.go:3:10: fatal error: sqlite3.h: No such file or directory", "the header sqlite3.h is missing: name the Debian package"},
		{"gcc", "/usr/bin/ld: cannot find -lfoo: No such file or directory", "the library foo is missing: name the Debian package"},
		{"gcc", "x.c:1: error: expected ;", ""},
		{"gcc", "undefined reference to `__fprintf_chk'", ""},
		{"musl", "x.go:3:10: fatal error: seccomp.h: No such file or directory", "the header seccomp.h is missing: Debian has it for glibc at best; use libc: glibc"},
		{"musl", "/usr/bin/ld: cannot find -lfoo: No such file or directory", "the library foo is missing: Debian has it for glibc at best"},
		{"musl", "x.c:(.text+0x8): undefined reference to `__fprintf_chk'", "needs __fprintf_chk, so it was built for glibc: use libc: glibc"},
		{"musl", "undefined reference to `__isoc99_sscanf'", "needs __isoc99_sscanf"},
		{"musl", "undefined reference to `own_function'", ""},
		{"zig", "x.c:1:10: fatal error: 'a/b.hpp' file not found", "the header a/b.hpp is missing: zig brings no libraries"},
		{"zig", "error: unable to find Dynamic system library 'foo' using strategy 'paths_first'. searched paths: none", "the library foo is missing: zig brings no libraries"},
		{"zig", "ld.lld: error: undefined symbol: __printf_chk", "needs __printf_chk"},
		{"image", "x.go:3:10: fatal error: sqlite3.h: No such file or directory", "the header sqlite3.h is missing: install what has it in the builder image"},
		{"image", `cgo: C compiler "gcc" not found: exec: "gcc": executable file`, "there is no gcc: install it in the builder image"},
		{"image", `exec: "pkg-config": executable file not found in $PATH`, "pkg-config is missing: install it in the builder image"},
	} {
		got := cgoHelp(compilers(t)[c.compiler], c.said)
		if c.want == "" && got != "" || !strings.Contains(got, c.want) || strings.Count(got, "\n") > 1 {
			t.Errorf("%s: %q: %q, want %q", c.compiler, c.said, got, c.want)
		}
		if got := cgoHelp(nil, c.said); got != "" {
			t.Errorf("%q without cgo: %q", c.said, got)
		}
	}
}
