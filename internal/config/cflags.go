package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/ctoolchain"
)

var (
	cFlags       = anyOf(ctoolchain.CompilerFlags())
	cLinkerFlags = anyOf(ctoolchain.LinkerFlags())
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

func anyOf(forms []ctoolchain.FlagForm) *regexp.Regexp {
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
