package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// cFlags are the flags of C compilers that may be set: of those that cmd/go allows in #cgo lines (cmd/go/internal/work,
// security.go) the ones of use on Linux, without any that names a program, another target or another root. No value begins with "@",
// which compilers replace by a file's content.
var cFlags = forms(
	`-D[A-Za-z_][A-Za-z0-9_]*(=[^@]*)?`, `-U[A-Za-z_][A-Za-z0-9_]*`, `-I/[^@]*`, `-O([0-3sgz]|fast)?`, `-W[a-z0-9+=-]*`, `-w`, `-ansi`,
	`-f(no-)?(asynchronous-unwind-tables|common|exceptions|fast-math|inline-functions|lto|omit-frame-pointer|openmp|plt|rtti|strict-aliasing)`,
	`-f(no-)?(pic|PIC|pie|PIE)`, `-f(no-)?stack-(protector(-strong|-all)?|clash-protection)`, `-f(un)?signed-char`, `-fvisibility=[a-z]+`,
	`-ftls-model=[a-z-]+`, `-fcf-protection(=[a-z]+)?`, `-g[0-9a-z-]*`, `-m(abi|arch|cpu|fpu|tune)=[A-Za-z0-9_.+-]+`, `-mfloat-abi=[a-z]+`,
	`-m(no-)?(aes|avx[0-9a-z.]*|sse[0-9.]*|ssse3)`, `-pedantic`, `-pthread`, `-std=[a-z0-9+:]+`,
)

// cLinkerFlags are those of the linker. A comma after -Wl would begin another flag.
var cLinkerFlags = forms(
	`-l[A-Za-z0-9_.+-]+`, `-L/[^@,]*`, `-O[0-3sgz]?`, `-f(no-)?(lto|openmp)`, `-g`, `-m(arch|cpu|tune)=[A-Za-z0-9_.+-]+`, `-pthread`, `-rdynamic`,
	`-static-(libgcc|libstdc\+\+)`, `-Wl,--(no-)?as-needed`, `-Wl,-B(static|dynamic)`, `-Wl,--gc-sections`, `-Wl,-O[0-9]`,
	`-Wl,--(start|end)-group`, `-Wl,--(no-)?export-dynamic`, `-Wl,--hash-style=(sysv|gnu|both)`, `-Wl,--no-undefined`, `-Wl,-s`,
	`-Wl,--build-id(=[a-z0-9]+)?`, `-Wl,-z,(relro|now|noexecstack|nodlopen|nodelete)`, `-Wl,--allow-multiple-definition`,
)

// refusedCFlags are those that people try.
var refusedCFlags = []struct{ prefix, why string }{
	{"-static", "cgo.link decides"},
	{"-pie", "cgo.pie decides"},
	{"-no-pie", "cgo.pie decides"},
	{"--sysroot", "the build decides where headers and libraries are"},
	{"-isysroot", "the build decides where headers and libraries are"},
	{"-target", "the platform decides"},
	{"-m32", "the platform decides"},
	{"-m64", "the platform decides"},
	{"-x", "file names decide the language"},
	{"-B", "it names a folder of programs to run"},
	{"-specs", "it changes which programs the compiler runs"},
	{"-fplugin", "it loads code into the compiler"},
	{"-Wl,-rpath", "libraries are where the loader looks by itself"},
	{"@", "it stands for the flags of a file"},
}

func forms(patterns ...string) *regexp.Regexp {
	return regexp.MustCompile(`^(` + strings.Join(patterns, "|") + `)$`)
}

func compilerFlag(s string) (string, error) { return cFlag(s, "compiler", cFlags) }
func cLinkerFlag(s string) (string, error)  { return cFlag(s, "linker", cLinkerFlags) }

// cFlag checks one flag. cmd/go splits the variables at spaces, with quotes and without escapes.
func cFlag(s, of string, allowed *regexp.Regexp) (string, error) {
	i := slices.IndexFunc(refusedCFlags, func(r struct{ prefix, why string }) bool { return strings.HasPrefix(s, r.prefix) })
	switch {
	case strings.ContainsAny(s, "\n\x00") || strings.Contains(s, `'`) && strings.Contains(s, `"`):
		return "", &problem{fmt.Sprintf("%s flag %q cannot be passed on", of, s), "use one line, and one kind of quotes"}
	case allowed.MatchString(s):
		return s, nil
	case i >= 0:
		return "", &problem{fmt.Sprintf("%s flag %q is not allowed", of, s), refusedCFlags[i].why}
	case strings.Contains(s, " -"):
		return "", &problem{fmt.Sprintf("%q holds several flags", s), "write one per element: " + oneByOne(s)}
	}
	return "", &problem{fmt.Sprintf("%s flag %q is not one of those that are allowed", of, s), "docs/cgo.md lists them"}
}
