package goerrors_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/goerrors"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// write makes files below dir and gives dir.
func write(t *testing.T, dir string, files map[string]string) string {
	t.Helper()
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// lines are mistakes as people read them.
func lines(found []goerrors.Mistake) []string {
	var all []string
	for _, m := range found {
		all = append(all, m.Error.Error())
	}
	return all
}

// TestGo: what this machine's Go says of code that it cannot build is understood. C is left to what GCC and LLVM say, below.
func TestGo(t *testing.T) {
	goRoot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		testbed.Missing(t, "the go command: %v", err)
	}
	const mod = "module example.com/app\n\ngo 1.26\n"
	for name, test := range map[string]struct {
		files map[string]string
		main  string // "./app" unless it is set
		want  []string
	}{
		"types, in the order of the file": {
			files: map[string]string{"app/main.go": "package main\n\nfunc f(x int) {}\n\nfunc main() {\n\tundefinedThing()\n\tf()\n\tvar unused int\n}\n"},
			want: []string{
				"app/main.go:6:2: undefined: undefinedThing",
				"app/main.go:7:2: not enough arguments in call to f: have (), want (int)",
				"app/main.go:8:6: declared and not used: unused",
			},
		},
		"in a package of the module": {
			files: map[string]string{"app/main.go": "package main\n\nimport _ \"example.com/app/lib\"\n\nfunc main() {}\n", "lib/lib.go": "package lib\n\nvar X int = \"a\"\n"},
			want:  []string{"lib/lib.go:3:13: cannot use \"a\" (untyped string constant) as int value in variable declaration"},
		},
		"in the root": {
			files: map[string]string{"main.go": "package main\n\nfunc main() { x() }\n"}, main: ".",
			want: []string{"main.go:3:15: undefined: x"},
		},
		"syntax": {
			files: map[string]string{"app/main.go": "package main\n\nfunc main() {\n"},
			want:  []string{"app/main.go:4:1: syntax error: unexpected EOF, expected }"},
		},
		"more than the compiler shows": {
			files: map[string]string{"app/main.go": "package main\n\nfunc main() {\n" + strings.Repeat("\tx()\n", 12) + "}\n"},
			want: []string{
				"app/main.go:4:2: undefined: x", "app/main.go:5:2: undefined: x", "app/main.go:6:2: undefined: x", "app/main.go:7:2: undefined: x",
				"app/main.go:8:2: undefined: x", "app/main.go:9:2: undefined: x", "app/main.go:10:2: undefined: x", "app/main.go:11:2: undefined: x",
				"app/main.go:12:2: undefined: x", "app/main.go:13:2: undefined: x",
			},
		},
		"an embed pattern": {
			files: map[string]string{"app/main.go": "package main\n\nimport _ \"embed\"\n\n//go:embed dist\nvar x string\n\nfunc main() {}\n"},
			want:  []string{"app/main.go:5:12: pattern dist: no matching files found"},
		},
		"a missing module": {
			files: map[string]string{"app/main.go": "package main\n\nimport \"golang.org/x/none/pkg\"\n\nfunc main() { pkg.X() }\n"},
			want:  []string{"app/main.go:3:8: cannot find module providing package golang.org/x/none/pkg: import lookup disabled by -mod=readonly"},
		},
		"a cycle": {
			files: map[string]string{"app/main.go": "package main\n\nimport _ \"example.com/app/x\"\n\nfunc main() {}\n",
				"x/x.go": "package x\n\nimport _ \"example.com/app/y\"\n", "y/y.go": "package y\n\nimport _ \"example.com/app/x\"\n"},
			want: []string{"package example.com/app/app: imports example.com/app/x from main.go, imports example.com/app/y from x.go, imports example.com/app/x from y.go: import cycle not allowed"},
		},
		"the assembler": {
			files: map[string]string{"app/main.go": "package main\n\nfunc main() {}\n", "app/x.s": "TEXT ·f(SB),$0\n\tFOO AX, BX\n"},
			want:  []string{"app/x.s:2:1: unrecognized instruction \"FOO\""},
		},
		"the linker": {
			files: map[string]string{"app/main.go": "package main\n\nimport _ \"unsafe\"\n\n//go:linkname foo example.com/none.foo\nfunc foo()\n\nfunc main() { foo() }\n\ntype T int\n\nfunc (*T) M() { foo() }\n\nvar _ interface{ M() } = new(T)\n", "app/x.s": ""},
			want:  []string{"app/main.go:8:6: relocation target example.com/none.foo not defined"},
		},
		"a linker that finds no main": {
			files: map[string]string{"app/main.go": "package main\n"},
			want:  []string{"example.com/app/app: runtime.main_main·f: function main is undeclared in the main package"},
		},
		"go.mod": {
			files: map[string]string{"go.mod": mod + "\nrequire golang.org/x/text v0.21.0\n", "app/main.go": "package main\n\nimport _ \"golang.org/x/text/language\"\n\nfunc main() {}\n"},
			want:  []string{"app/main.go:3:8: missing go.sum entry for module providing package golang.org/x/text/language (imported by example.com/app/app); to add: go get example.com/app/app"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			work, cache := t.TempDir(), t.TempDir()
			write(t, work, map[string]string{"go.mod": mod})
			write(t, work, test.files)
			main := test.main
			if main == "" {
				main = "./app"
			}
			cmd := exec.Command("go", "build", "-v", "-trimpath", "-buildvcs=false", "-o", os.DevNull, "--", main)
			cmd.Dir = work
			cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOPROXY=off", "GOWORK=off", "CGO_ENABLED=0", "GOMODCACHE="+cache, "PWD="+work)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatal("the build succeeded")
			}
			found := goerrors.Parse(string(out), goerrors.Places{Work: work, ModCache: cache, GoRoot: strings.TrimSpace(string(goRoot))})
			if diff := cmp.Diff(test.want, lines(found)); diff != "" {
				t.Errorf("(-want +got):\n%s\nof\n%s", diff, out)
			}
			for _, m := range found {
				if (m.Path == "") != (m.File == "") {
					t.Errorf("%s is at %q", m.File, m.Path)
				}
			}
		})
	}
}

// TestText: other programs than Go's, and places that are no folder of this machine's Go.
func TestText(t *testing.T) {
	tree := write(t, t.TempDir(), map[string]string{
		"work/go.mod":           "module example.com/app\n",
		"work/sub/go.mod":       "module example.com/app/sub\n",
		"work/d/d.go":           "package main\n",
		"work/d/i.c":            "int x;\n",
		"work/sub/e/e.c":        "int x;\n",
		"work/my file.go":       "package main\n",
		"work/vendor/v.x/y/y.c": "int x;\n",
		"src/default.pgo":       "x",
		"cache/golang.org/x/text@v0.21.0/language/language.go": "package language\n",
		"cache/github.com/!mat/lite@v1.2.3+incompatible/l.c":   "int x;\n",
		"goroot/src/fmt/print.go":                              "package fmt\n",
	})
	places := goerrors.Places{Work: tree + "/work", Source: tree + "/src", ModCache: tree + "/cache", GoRoot: tree + "/goroot"}
	for name, test := range map[string]struct {
		said string
		want []string
	}{
		"nothing":          {"", nil},
		"progress alone":   {"example.com/app\nruntime/cgo\n", nil},
		"progress between": {"# example.com/app/d\nd/d.go:1:1: bad\ngolang.org/x/text\n\thave (int)\n", []string{"d/d.go:1:1: bad: have (int)"}},
		"a module":         {"# golang.org/x/text/language\n../cache/golang.org/x/text@v0.21.0/language/language.go:6:9: undefined: x\n", []string{"golang.org/x/text@v0.21.0/language/language.go:6:9: undefined: x"}},
		"C of a module":    {"# github.com/Mat/lite\nl.c:3:1: error: expected ';'\n", []string{"github.com/Mat/lite@v1.2.3+incompatible/l.c:3:1: expected ';'"}},
		"C of a module, trimmed": {"# x\n/usr/bin/ld: /tmp/1.o: in function `f':\n/_/github.com/Mat/lite@v1.2.3+incompatible/l.c:3: undefined reference to `g'\n",
			[]string{"github.com/Mat/lite@v1.2.3+incompatible/l.c:3:1: undefined reference to `g'"}},
		"C of a vendored module": {"# v.x/y\ny.c:3:1: error: expected ';'\n", []string{"vendor/v.x/y/y.c:3:1: expected ';'"}},
		"Go itself":              {"# fmt\n" + tree + "/goroot/src/fmt/print.go:3:1: bad\n", []string{"$GOROOT/src/fmt/print.go:3:1: bad"}},
		"the profile":            {tree + "/src/default.pgo:1: bad\n", []string{"default.pgo:1:1: bad"}},
		"a name with a space":    {"# example.com/app\n./my file.go:2:1: bad\n", []string{"my file.go:2:1: bad"}},
		"GCC": {"# example.com/app/d\ni.c: In function ‘f’:\ni.c:1:22: error: ‘nope’ undeclared\n    1 | int f(void)\n      |   ^~~~\ni.c:1:22: note: once\ni.c:1:3: warning: unused\n",
			[]string{"d/i.c:1:22: ‘nope’ undeclared"}},
		"a header": {"# example.com/app/d\nd/d.go:4:11: fatal error: nothere.h: No such file or directory\n    4 | // #include\ncompilation terminated.\n",
			[]string{"d/d.go:4:11: fatal error: nothere.h: No such file or directory"}},
		"a module in a folder": {"# example.com/app/sub/e\ne.c:1:2: error: bad\n", []string{"sub/e/e.c:1:2: bad"}},
		"GNU ld, by lines": {"# example.com/app/d\n/go/pkg/tool/link: running gcc failed: exit status 1\n/usr/bin/gcc -m64 -o $WORK/b001/exe/a.out -O2\n" +
			"/usr/bin/ld: /tmp/go-link-1/000001.o: in function `h':\n/_/example.com/app/d/d.go:5: undefined reference to `g'\n/_/example.com/app/d/d.go:5: undefined reference to `g'\ncollect2: error: ld returned 1 exit status\n",
			[]string{"d/d.go:5:1: undefined reference to `g'"}},
		"GNU ld, in one line": {"# example.com/app/d\n/usr/bin/ld: /tmp/2.o: in function `f': /_/example.com/app/d/i.c:1: multiple definition of `f'; /tmp/1.o:1: first defined here\n",
			[]string{"d/i.c:1:1: multiple definition of `f'; /tmp/1.o:1: first defined here"}},
		"GNU ld, without lines": {"# example.com/app/d\n/usr/bin/ld: cannot find -lnotthere: No such file or directory\n/usr/bin/ld: a.o: undefined reference to `sqrt'\ncollect2: error: ld returned 1 exit status\n",
			[]string{"cannot find -lnotthere: No such file or directory", "undefined reference to `sqrt'"}},
		"a line that cgo made": {"# example.com/app/d\n/tmp/go-build/cgo-gcc-prolog:53: undefined reference to `foo'\n", []string{"/tmp/go-build/cgo-gcc-prolog:53: undefined reference to `foo'"}},
		"LLVM": {"# example.com/app/d\nld.lld: error: undefined symbol: g\n>>> referenced by d.go:5 (/_/example.com/app/d/d.go:5)\n>>>               /tmp/1.o:(h)\n",
			[]string{"d/d.go:5:1: undefined symbol: g"}},
		"a killed compiler":   {"# example.com/app/d\n/usr/local/go/pkg/tool/linux_amd64/compile: signal: killed\n", []string{"example.com/app/d: /usr/local/go/pkg/tool/linux_amd64/compile: signal: killed"}},
		"the go command":      {"go: updates to go.mod needed; to update it:\n\tgo mod tidy\n", []string{"go: updates to go.mod needed; to update it: go mod tidy"}},
		"the package of main": {"package x: build constraints exclude all Go files in /work/x\n", []string{"package x: build constraints exclude all Go files in /work/x"}},
		"a huge line":         {"# example.com/app/d\nd/d.go:99999999999999999999:1: bad\n", []string{"d/d.go: bad"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, lines(goerrors.Parse(test.said, places))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzParse: every line that is no progress and no snippet leaves a trace, or another of its package does.
func FuzzParse(f *testing.F) {
	f.Add("# x\na.go:1:2: bad\n\tmore\n")
	f.Add("go: bad\n\tx\n")
	f.Add("# x\nld: a.o: in function `f': b.c:3: multiple definition of `f'\n>>> referenced by b.c:3\n")
	f.Add("# a\nmain.main: relocation target x not defined\n")
	f.Fuzz(func(t *testing.T, said string) {
		for _, m := range goerrors.Parse(said, goerrors.Places{Work: t.TempDir()}) {
			if m.Msg == "" && m.File == "" {
				t.Errorf("an empty mistake of %q", said)
			}
		}
	})
}
