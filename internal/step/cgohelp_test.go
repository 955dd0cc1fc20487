package step

import (
	"os"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/target"
)

// compilers are those of each provider, as the plan has them.
func compilers(t *testing.T) map[string]*request.Cgo {
	t.Helper()
	amd64 := target.Target{OS: "linux", Arch: "amd64"}
	compiler := func(kind ctoolchain.Kind, libc ctoolchain.Libc) *request.Cgo {
		tools, _, err := ctoolchain.Of(kind, libc).Compiler(ctoolchain.Job{Target: amd64, Build: amd64, Settings: ctoolchain.Settings{Libc: string(libc)}})
		if err != nil {
			t.Fatal(err)
		}
		return &request.Cgo{Provider: kind, Libc: libc, Tools: tools}
	}
	all := map[string]*request.Cgo{
		"gcc":      compiler(ctoolchain.GCC, ctoolchain.Glibc),
		"optional": compiler(ctoolchain.GCC, ctoolchain.Glibc),
		"musl":     compiler(ctoolchain.GCC, ctoolchain.Musl),
		"zig":      compiler(ctoolchain.Zig, ctoolchain.Musl),
		"image":    compiler(ctoolchain.BuilderImage, ctoolchain.Glibc),
	}
	all["optional"].Optional = true
	return all
}

func TestCgoHelp(t *testing.T) {
	for _, c := range []struct{ compiler, said, want string }{
		{"gcc", "Package libseccomp was not found in the pkg-config search path.", "pkg-config does not know libseccomp: name the Debian package"},
		{"gcc", "Package 'foo', required by 'virtual:world', not found", "pkg-config does not know foo"},
		{"gcc", "x.go:3:10: fatal error: sqlite3.h: No such file or directory", "the header sqlite3.h is missing: name the Debian package"},
		{"gcc", "/usr/bin/ld: cannot find -lfoo: No such file or directory", "the library foo is missing: name the Debian package"},
		{"optional", "x.go:3:10: fatal error: sqlite3.h: No such file or directory", "cgo.packages.build, or build without C: cgo: {enabled: off}"},
		{"gcc", "x.c:1: error: expected ;", ""},
		{"gcc", "undefined reference to `__fprintf_chk'", ""},
		{"musl", "x.go:3:10: fatal error: seccomp.h: No such file or directory", "the header seccomp.h is missing: Debian has it for glibc at best; use cgo: {libc: glibc"},
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

// TestMissingHeaders: who includes what is missing is named, and where it could come from goes by how and where it is included.
func TestMissingHeaders(t *testing.T) {
	files := map[string]string{
		"vendor/example.com/q/parser/parser.go": "package parser\n\n// #include \"cq.h\"\nimport \"C\"\n",
		"vendor/example.com/q/parser/cq.c":      "#include \"detail/limits\"\n",
		"vendor/example.com/db/db.go":           "package db\n\n// #include <sqlite3.h>\nimport \"C\"\n",
		"vendor/example.com/ext/ext.go":         "package ext\n\n// #cgo CFLAGS: -I${SRCDIR}/gone/include\n// #include <ext.h>\nimport \"C\"\n",
		"own/own.go":                            "package own\n\n// #include \"data.tbl\"\nimport \"C\"\n",
	}
	tree := func(name string) ([]byte, error) {
		if text, ok := files[name]; ok {
			return []byte(text), nil
		}
		return nil, os.ErrNotExist
	}
	const vendored, debian = "go mod vendor leaves out folders without Go files", "name the Debian package"
	for _, c := range []struct {
		said string
		want []string
		not  string
	}{
		{"# example.com/q/parser\nvendor/example.com/q/parser/parser.go:3:11: fatal error: cq.h: No such file or directory\n",
			[]string{"vendor/example.com/q/parser/parser.go:3", `"cq.h"`, vendored}, debian},
		{"# example.com/q/parser\ncq.c:1:10: fatal error: detail/limits: No such file or directory\n",
			[]string{"vendor/example.com/q/parser/cq.c:1", `"detail/limits"`, vendored}, debian},
		{"# example.com/db\nvendor/example.com/db/db.go:3:11: fatal error: sqlite3.h: No such file or directory\n",
			[]string{"the header sqlite3.h is missing", debian}, vendored},
		{"# example.com/ext\nvendor/example.com/ext/ext.go:4:11: fatal error: 'ext.h' file not found\n",
			[]string{"vendor/example.com/ext/ext.go:4", vendored}, debian},
		{"# example.com/app/own\nown/own.go:3:11: fatal error: data.tbl: No such file or directory\n",
			[]string{"own/own.go:3", `"data.tbl"`, ".dockerignore", debian}, vendored},
		{"# example.com/app/own\nown/own.go:3:99999999999999999999: fatal error: x: No such file\n", []string{"the header x is missing"}, vendored},
	} {
		got := headerHelp(compilers(t)["gcc"], c.said, tree)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%q: %q does not say %q", c.said, got, want)
			}
		}
		if strings.Contains(got, c.not) {
			t.Errorf("%q: %q says %q", c.said, got, c.not)
		}
	}
}
