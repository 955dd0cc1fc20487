package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/ctoolchain"
)

// FlagForm is a kind of flags of C compilers that may be set.
type FlagForm struct {
	Pattern string // a regular expression of package regexp, which the whole flag matches
	Meaning string
}

// CompilerFlags are what cgo.cflags, cppflags and cxxflags may hold: of the flags that cmd/go allows in #cgo lines
// (cmd/go/internal/work, security.go) the ones of use on Linux, without any that names a program, another target or another root, and
// without those of [ctoolchain.NativeFlag]. No value begins with "@", which compilers replace by a file's content.
func CompilerFlags() []FlagForm {
	return []FlagForm{
		{`-D[A-Za-z_][A-Za-z0-9_]*(=[^@]*)?`, "a macro"},
		{`-U[A-Za-z_][A-Za-z0-9_]*`, "a macro that is undefined"},
		{`-I/[^@ ]*`, "a folder of headers in the sysroot"},
		{`-O([0-3sgz]|fast)?`, "optimisation"},
		{`-W[a-z0-9+=-]*`, "warnings"},
		{`-w`, "no warnings"},
		{`-pedantic`, "warnings of what the standard does not have"},
		{`-ansi`, "the oldest standard"},
		{`-std=[a-z0-9+:]+`, "a standard of the language"},
		{`-f(no-)?(asynchronous-unwind-tables|exceptions|rtti)`, "exceptions, run-time types, and tables for them"},
		{`-f(no-)?(common|plt)`, "how symbols are reached"},
		{`-f(un)?signed-char`, "whether char has a sign"},
		{`-f(no-)?(fast-math|inline-functions|lto|omit-frame-pointer|strict-aliasing)`, "optimisation"},
		{`-f(no-)?openmp`, "OpenMP"},
		{`-f(no-)?(pic|PIC|pie|PIE)`, "code that runs at any address"},
		{`-f(no-)?stack-(protector(-strong|-all)?|clash-protection)`, "hardening"},
		{`-fcf-protection(=[a-z]+)?`, "hardening"},
		{`-fvisibility=[a-z]+`, "which symbols other files see"},
		{`-ftls-model=[a-z-]+`, "thread-local storage"},
		{`-g[0-9a-z-]*`, "debug information"},
		{`-m(abi|arch|cpu|fpu|tune)=[A-Za-z0-9_.+-]+`, "the processor; not native"},
		{`-mfloat-abi=[a-z]+`, "the processor"},
		{`-m(no-)?(aes|avx[0-9a-z.]*|sse[0-9.]*|ssse3)`, "the processor"},
		{`-pthread`, "threads"},
	}
}

// CLinkerFlags are what cgo.ldflags may hold. A comma after -Wl would begin another flag.
func CLinkerFlags() []FlagForm {
	return []FlagForm{
		{`-l[A-Za-z0-9_.+-]+`, "a library"},
		{`-L/[^@, ]*`, "a folder of libraries in the sysroot"},
		{`-O[0-3sgz]?`, "optimisation"},
		{`-f(no-)?(lto|openmp)`, "as for the compiler"},
		{`-g`, "debug information"},
		{`-m(arch|cpu|tune)=[A-Za-z0-9_.+-]+`, "the processor; not native"},
		{`-pthread`, "threads"},
		{`-rdynamic`, "symbols for libraries that are opened when the program runs"},
		{`-static-(libgcc|libstdc\+\+)`, "the compiler's own libraries as a part of the program"},
		{`-Wl,--(no-)?as-needed`, "libraries that nothing uses"},
		{`-Wl,-B(static|dynamic)`, "the kind of the libraries after it"},
		{`-Wl,--(start|end)-group`, "libraries that need each other"},
		{`-Wl,--gc-sections`, "leaves out what nothing uses"},
		{`-Wl,-O[0-9]`, "optimisation"},
		{`-Wl,--(no-)?export-dynamic`, "symbols for libraries that are opened when the program runs"},
		{`-Wl,--hash-style=(sysv|gnu|both)`, "the table of symbols"},
		{`-Wl,--no-undefined`, "fails for symbols that nothing has"},
		{`-Wl,--allow-multiple-definition`, "takes the first of several symbols of a name"},
		{`-Wl,-s`, "no symbols and no debug information"},
		{`-Wl,--build-id(=[a-z0-9]+)?`, "the build ID of the linker"},
		{`-Wl,-z,(relro|now|noexecstack|nodlopen|nodelete)`, "hardening, and what dlopen and dlclose may do"},
	}
}

var (
	cFlags       = anyOf(CompilerFlags())
	cLinkerFlags = anyOf(CLinkerFlags())
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

func anyOf(forms []FlagForm) *regexp.Regexp {
	var patterns []string
	for _, f := range forms {
		patterns = append(patterns, f.Pattern)
	}
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
	case areFlags(shellWords(s)):
		return "", &problem{fmt.Sprintf("%q is not one flag", s), oneByOne(s, func(w string) (string, error) { return cFlag(w, of, allowed) })}
	case ctoolchain.NativeFlag(s):
		return "", &problem{fmt.Sprintf("%s flag %q is not allowed: what it means depends on the machine that builds", of, s),
			"name the processor, such as -march=x86-64-v2, or leave it to the platform"}
	case allowed.MatchString(s):
		return s, nil
	case i >= 0:
		return "", &problem{fmt.Sprintf("%s flag %q is not allowed", of, s), refusedCFlags[i].why}
	}
	return "", &problem{fmt.Sprintf("%s flag %q is not one of those that are allowed", of, s), "docs/cgo.md lists them"}
}

// areFlags tells whether words are several flags: a macro's value may hold spaces.
func areFlags(words []string) bool {
	return len(words) > 1 && !slices.ContainsFunc(words, func(w string) bool { return !strings.HasPrefix(w, "-") })
}
