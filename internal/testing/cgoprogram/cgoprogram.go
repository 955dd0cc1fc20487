// Package cgoprogram compiles small programs with and without C, for tests of what tells them apart.
package cgoprogram

import (
	"bytes"
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// The sources of programs.
const (
	// Pure has no C.
	Pure = "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello\") }\n"
	// Tiny is Pure without a package of the standard library.
	Tiny = "package main\n\nfunc main() { println(\"hello\") }\n"
	// C calls functions of C, system(3) and getenv(3) among them.
	C = `package main

// #include <stdlib.h>
// #include <string.h>
// static int one(void) { return system("true") + (getenv("HOME") != 0); }
import "C"

func main() { println(C.one(), C.strlen(C.CString("x"))) }
`
	// Dynamic calls a function of a shared library without cgo, as purego does.
	Dynamic = `package main

import _ "unsafe"

//go:cgo_import_dynamic libc_getpid getpid "libc.so.6"
//go:cgo_import_dynamic _ _ "libc.so.6"

//go:linkname libc_getpid libc_getpid
var libc_getpid uintptr

func trampoline()

func main() { trampoline() }
`
	// Test is the source of a test, for Args of go test -c.
	Test = "package main\n\nimport \"testing\"\n\nfunc TestNothing(t *testing.T) {}\n"
)

// assembly is what Dynamic needs beside it, for amd64.
const assembly = "#include \"textflag.h\"\n\nTEXT ·trampoline(SB), NOSPLIT, $0\n\tJMP libc_getpid(SB)\n"

// Program says how a program is compiled.
type Program struct {
	Source string
	// CC is the C compiler, with flags behind it or not; without one cgo is off.
	CC string
	// Garble is a path of garble, which obfuscates the program; "" leaves it as it is.
	Garble string
	// Arch is GOARCH, by default that of the machine.
	Arch string
	// Args are arguments of go build.
	Args []string
}

// Build compiles a program and gives its path. The test is skipped if the C compiler is not there.
func Build(tb testing.TB, p Program) string {
	tb.Helper()
	dir := tb.TempDir()
	files := map[string]string{"go.mod": "module example.com/tiny\n\ngo 1.26\n", "main.go": p.Source}
	command, out := "build", filepath.Join(dir, "tiny")
	switch p.Source {
	case Dynamic:
		if runtime.GOARCH != "amd64" {
			tb.Skip("the assembly is for amd64")
		}
		files["x_amd64.s"] = assembly
	case Test:
		files["main.go"], files["main_test.go"] = "package main\n\nfunc main() {}\n", p.Source
		command = "test"
		p.Args = append([]string{"-c"}, p.Args...)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	env := []string{"GOOS=linux", "GOARCH=" + runtime.GOARCH, "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local"}
	if p.CC != "" {
		compiler, _, _ := strings.Cut(p.CC, " ")
		Need(tb, compiler)
		env = append(env, "CGO_ENABLED=1", "CC="+p.CC)
	}
	if p.Arch != "" {
		env = append(env, "GOARCH="+p.Arch)
	}
	runIn(tb, dir, env, cmp.Or(p.Garble, "go"), append([]string{command, "-o", out}, p.Args...)...)
	return out
}

// Need skips the test if a tool is not there.
func Need(tb testing.TB, tool string) {
	tb.Helper()
	if runtime.GOOS != "linux" {
		tb.Skip("needs Linux, because " + tool + " must work with ELF files")
	}
	if _, err := exec.LookPath(tool); err != nil {
		testbed.Missing(tb, "%s: %v", tool, err)
	}
}

// Run runs a tool and gives what it prints.
func Run(tb testing.TB, env []string, name string, args ...string) string {
	tb.Helper()
	return runIn(tb, "", env, name, args...)
}

func runIn(tb testing.TB, dir string, env []string, name string, args ...string) string {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("%s %q: %v\n%s", name, args, err, &stderr)
	}
	return string(out)
}
