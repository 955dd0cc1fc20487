//go:build linux

package integration

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// linkless does not link: it calls what no package has.
const linkless = `package main

import _ "unsafe"

//go:linkname missing example.com/none.missing
func missing()

func main() { missing() }
`

// TestFailures: whatever fails, both clients say why and where, also with -q, and leave nothing behind. A mistake in what a user has
// written has the exit code 2 and any other failure 1, of `modship build`; buildx has its own.
func TestFailures(t *testing.T) {
	t.Parallel()
	broken := newPrivateModule(t, "corp.example/broken", "v1.0.0",
		"-- go.mod --\nmodule corp.example/broken\n\ngo 1.26\n-- broken.go --\npackage broken\n\nvar X int = undefinedHere\n")
	for _, file := range []string{"v1.0.0.info", "v1.0.0.mod", "v1.0.0.zip"} {
		broken.handlers["/corp.example/none/@v/"+file] = http.NotFound
	}
	plain := httptest.NewServer(goProxy(t, broken.handlers))
	t.Cleanup(plain.Close)
	private, _ := serveTLS(t, goProxy(t, nil))
	requires := func(mod, version, sums string) map[string]string {
		return map[string]string{
			"go.mod":  "module example.com/hello\n\ngo 1.26\n\nrequire " + mod + " " + version + "\n",
			"go.sum":  sums,
			"main.go": "package main\n\nimport _ \"" + mod + "\"\n\nfunc main() {}\n",
		}
	}
	for name, test := range map[string]struct {
		files map[string]string
		args  []string
		flags []string
		code  int
		says  []string
	}{
		"a compile error": {
			files: map[string]string{"main.go": "package main\n\nfunc main() {\n\tundefinedThing()\n\tvar x int = \"a\"\n}\n"},
			code:  1,
			says:  []string{"main.go:4:2: undefined: undefinedThing", "main.go:5:14: cannot use \"a\"", "main.go:4", ">>> \tundefinedThing()", ">>> \tvar x int"},
		},
		"in another module": {
			files: requires("corp.example/broken", "v1.0.0", broken.sums),
			args:  []string{"GOPROXY=" + plain.URL, "GONOSUMDB=corp.example"},
			code:  1,
			says:  []string{"corp.example/broken@v1.0.0/broken.go:3:13: undefined: undefinedHere", ">>> var X int = undefinedHere"},
		},
		"in assembly": {
			files: map[string]string{"x.s": "TEXT ·f(SB),$0\n\tFOO AX, BX\n"},
			code:  1,
			says:  []string{"x.s:2:1: unrecognized instruction \"FOO\"", ">>> \tFOO AX, BX"},
		},
		"the link": {
			files: map[string]string{"main.go": linkless, "x.s": ""},
			code:  1,
			says:  []string{"main.go:8:6: relocation target example.com/none.missing not defined", ">>> func main() { missing() }"},
		},
		"an embed pattern": {
			files: map[string]string{"main.go": "package main\n\nimport _ \"embed\"\n\n//go:embed dist\nvar x string\n\nfunc main() {}\n"},
			code:  1,
			says:  []string{"main.go:5:12: pattern dist: no matching files found", ">>> //go:embed dist"},
		},
		"an embed pattern that .dockerignore hides": {
			files: map[string]string{
				"main.go": "package main\n\nimport _ \"embed\"\n\n//go:embed dist/x\nvar x string\n\nfunc main() { print(x) }\n",
				"dist/x":  "x", ".dockerignore": "dist\n",
			},
			code: 1,
			says: []string{"main.go:5:12: pattern dist/x: no matching files found", `the line "dist" of .dockerignore leaves dist/x out of the build context; add the line "!dist/x" below it`},
		},
		"a module that nobody has": {
			files: requires("corp.example/none", "v1.0.0", "corp.example/none v1.0.0 h1:1111111111111111111111111111111111111111111=\ncorp.example/none v1.0.0/go.mod h1:1111111111111111111111111111111111111111111=\n"),
			args:  []string{"GOPROXY=" + plain.URL, "GONOSUMDB=corp.example"},
			code:  1,
			says:  []string{"go.mod:5:1: fetching corp.example/none@v1.0.0", ">>> require corp.example/none v1.0.0", "404"},
		},
		"go.sum": {
			files: map[string]string{
				"go.mod":  "module example.com/hello\n\ngo 1.26\n\nrequire golang.org/x/text v0.21.0\n",
				"main.go": "package main\n\nimport _ \"golang.org/x/text/language\"\n\nfunc main() {}\n",
			},
			code: 1,
			says: []string{"go.mod:5:1: missing go.sum entry for module providing package golang.org/x/text/language; run `go mod tidy`, and add the go.sum that it writes to the build context", ">>> require golang.org/x/text v0.21.0"},
		},
		"a push": {
			flags: []string{"--tag", "127.0.0.1:1/app:1", "--push"},
			code:  1,
			says:  []string{"failed to push 127.0.0.1:1/app:1", "failed to do request: Head", "connection refused"},
		},
		"a certificate": {
			files: map[string]string{"go.mod": "module example.com/hello\n\ngo 1.25\n"},
			args:  []string{"GOPROXY=" + private.URL},
			code:  1,
			says:  []string{"certificate signed by unknown authority", "the certificates of the secret ca do not vouch for this server"},
		},
		"a base that cannot be reached": {
			files: map[string]string{"Dockerfile": "image:\n  base: 127.0.0.1:1/none:1\n"},
			code:  1,
			says:  []string{"Dockerfile:3:9: base image 127.0.0.1:1/none:1 is not usable", "connection refused", ">>>   base: 127.0.0.1:1/none:1"},
		},
		"the configuration": {
			files: map[string]string{"Dockerfile": "imag: {}\n"},
			code:  2,
			says:  []string{"Dockerfile:2:1: unknown key \"imag\"", ">>> imag: {}"},
		},
		"go.mod": {
			files: map[string]string{"go.mod": "module example.com/hello\n\ngo 1.26\n\nreplace example.com/x => ../x\n\nrequire example.com/x v1.0.0\n"},
			code:  2,
			says:  []string{"go.mod:5:1: replacement directory ../x is outside the context", ">>> replace example.com/x"},
		},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			eachMode(t, func(t *testing.T, m mode) {
				dir := example(t, "hello")
				for file, text := range test.files {
					if file == "Dockerfile" {
						configure(t, dir, text)
						continue
					}
					edit(t, dir, file, text)
				}
				for _, quiet := range []bool{false, true} {
					r := m.fail(t, build{dir: dir, args: test.args, flags: test.flags, noImage: test.flags != nil, quiet: quiet})
					r.says(t, test.says...)
					r.exits(t, m, test.code)
					if quiet && strings.Contains(r.log, "#1 ") {
						t.Errorf("with -q the progress is shown:\n%s", r.log)
					}
					if left, err := os.ReadDir(filepath.Dir(r.archive)); err != nil || len(left) > 0 {
						t.Errorf("a failed build left %v, %v", left, err)
					}
				}
			})
		})
	}
}
