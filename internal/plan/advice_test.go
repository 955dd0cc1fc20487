package plan_test

import (
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/testing/diagtest"
	"github.com/modship-build/modship/internal/testing/golden"
)

// advised are archives of testdata in which something is wrong, what is said about it, and the files that somebody changes who does so.
var advised = []struct {
	archive, files string // files are the archive's, changed so that there is one mistake
	advice         string // a part of the message, word by word
	right          string
}{
	{"boringcrypto-impossible", yaml("build: {env: {GOEXPERIMENT: boringcrypto}}\ncgo: {enabled: off}") + request("linux/amd64"),
		"remove cgo: {enabled: off}", yaml("build: {env: {GOEXPERIMENT: boringcrypto}}")},
	{"boringcrypto-impossible", yaml("build: {env: {GOEXPERIMENT: boringcrypto}}\ncgo: {enabled: off}") + request("linux/amd64"),
		"use GOFIPS140 in its place, which needs no C", yaml("build: {env: {GOFIPS140: latest}}\ncgo: {enabled: off}")},
	{"boringcrypto-impossible", yaml("build: {env: {GOEXPERIMENT: boringcrypto}}") + request("linux/amd64", "linux/riscv64"),
		"build without this platform", request("linux/amd64")},
	{"boringcrypto-impossible", yaml("build: {env: {GOEXPERIMENT: boringcrypto}}") + request("linux/riscv64"),
		"use GOFIPS140 in its place", yaml("build: {env: {GOFIPS140: latest}}")},
	{"boringcrypto-impossible", yaml("build: {env: {GOEXPERIMENT: boringcrypto}}") + old("linux/riscv64"),
		`use GOFIPS140 in its place, with go: "1.24" or newer`, yaml("go: \"1.24\"\nbuild: {env: {GOFIPS140: latest}}") + request("linux/riscv64")},
	{"boringcrypto-impossible", yaml("build: {env: {GOEXPERIMENT: boringcrypto, GOFIPS140: latest}}") + request("linux/amd64"),
		"remove one of them", yaml("build: {env: {GOFIPS140: latest}}")},
	{"goenv-unknown", yaml("build: {env: {GOFIPS140: v1.0.0}}"),
		`use Go 1.24 or newer, as with go: "1.24"`, yaml("go: \"1.24\"\nbuild: {env: {GOFIPS140: v1.0.0}}") + request("linux/amd64")},
	{"goenv-unknown", yaml("build: {env: {GOEXPERIMENT: noarena}}"), `did you mean "arenas"?`, yaml("build: {env: {GOEXPERIMENT: noarenas}}")},
	{"goenv-unknown", yaml("build: {env: {GOEXPERIMENT: xyz}}"), "it has aliastypeparams", yaml("build: {env: {GOEXPERIMENT: aliastypeparams}}")},
	{"godebug-unknown", "", `did you mean "http2client"?`, yaml("runtime: {godebug: {http2client: 0}}")},

	{"cgo-zig-scratch", "", "set image.base to an image with glibc",
		yaml("image: {base: registry.example/base}\ncgo: {enabled: on, compiler: zig, zig: {image: registry.example/zig:1}}") + based("linux/amd64")},
	{"cgo-zig-scratch", yaml(`cgo: {enabled: on, compiler: zig, glibc: "2.28", zig: {image: registry.example/zig:1}}`), "use libc: musl without glibc",
		yaml("cgo: {enabled: on, compiler: zig, libc: musl, zig: {image: registry.example/zig:1}}")},
	{"cgo-zig-scratch", yaml(`cgo: {enabled: on, compiler: zig, glibc: "2.28", zig: {image: registry.example/zig:1}}`), "or compiler: gcc without zig and glibc",
		yaml("cgo: {enabled: on, compiler: gcc}")},
	{"cgo-builder", "", "build for one platform at a time, with its cross compiler in cgo.cc",
		yaml("builder: {image: registry.example/go}\ncgo: {enabled: on, libc: musl, cc: aarch64-gcc}") + request("linux/arm64")},
	{"cgo-builder", request("linux/arm64"), "name its cross compiler in cgo.cc",
		yaml("builder: {image: registry.example/go}\ncgo: {enabled: on, libc: musl, cc: aarch64-gcc}")},
	{"cgo-builder", "", "remove builder.image", yaml("cgo: {enabled: on, libc: musl}") + request("linux/amd64", "linux/arm64")},
	{"cgo-no-compiler", "", "build without this platform",
		"-- request.json --\n{\"platforms\": [\"linux/amd64\"], \"analysis\": [[{\"cgoMatters\": true}], [{\"cgo\": [{\"importPath\": \"example.org/sqlite3\"}]}]]}\n"},
	{"cgo-no-compiler", "", "set cgo: {enabled: off}, if the packages allow that", yaml("cgo: {enabled: off}")},
	{"platform-without-files", "-- main_amd64.go --\npackage main\n\nfunc main() {}\n", "build without this platform", request("linux/amd64")},

	{"runtime-cgo-off", request("linux/amd64"), "remove the import", "-- main.go --\npackage main\n\nfunc main() {}\n"},
	{"runtime-cgo-off", request("linux/amd64"), "remove cgo: {enabled: off}", yaml("cgo: {enabled: on}")},
	{"runtime-cgo-off", "-- main.go --\npackage main\n\nimport _ \"example.org/yaegi\"\n\nfunc main() {}\n", "; remove cgo: {enabled: off}", yaml("cgo: {enabled: on}")},
	{"runtime-cgo-off", yaml("main: .") + request("linux/amd64", "windows/amd64"), "build without the platform windows/amd64", request("linux/amd64")},
	{"runtime-cgo-off", bare + yaml("cgo: {enabled: on}") + request("linux/amd64", "windows/amd64"), "build without this platform, or remove enabled: on", request("linux/amd64")},
	{"runtime-cgo-off", bare + yaml("cgo: {enabled: on}") + request("linux/amd64", "windows/amd64"), "remove enabled: on, if the packages have files in place of C", yaml("main: .")},
	{"plugin-off", "", "remove enabled: off to build with C", yaml("cgo: {enabled: on}")},
	{"plugin-dependency", "", "use cgo: {libc: glibc, link: dynamic}", yaml("cgo: {libc: glibc, link: dynamic}")},
	{"cgo-native", ownNative("-march=native") + request("linux/amd64"), "name a processor, such as -march=x86-64-v2", ownNative("-march=x86-64-v2")},
	{"cgo-native", ownNative("-march=native") + request("linux/arm64"), "name a processor, such as -march=armv8-a", ownNative("-march=armv8-a")},
	{"cgo-native", ownNative("-mcpu=native") + request("linux/arm64"), "name a processor, such as -mcpu=generic", ownNative("-mcpu=generic")},
	{"cgo-native", ownNative("-mcpu=native") + request("linux/s390x"), "remove the flag", ownNative("-O2")},
	{"cgo-native", stubbed, "replace the module in go.mod by a copy without the flag", strings.ReplaceAll(stubbed, native, "") + replaced},
	{"cgo-native", stubbed, "set cgo: {enabled: off}, for which it has files", yaml("cgo: {enabled: off}")},
	{"cgo-runtime-base", "", "install them in the base and remove the key", yaml("image: {base: registry.example/base}\ncgo: {libc: glibc}")},
	{"cgo-runtime-base", "", "remove image.base", yaml("cgo: {packages: {runtime: [libfoo]}}") + request("linux/amd64")},
	{"cgo-musl-impossible", "", "use libc: glibc", yaml("cgo: {libc: glibc, packages: {build: [libseccomp-dev]}}")},
	{"cgo-second-platform", cxx, "use libc: glibc", yaml("cgo: {libc: glibc}")},
	{"cgo-second-platform", cxx, "or compiler: zig with zig: {image: REFERENCE}",
		yaml("cgo: {libc: musl, compiler: zig, zig: {image: registry.example/zig:1}}")},
	{"cgo-second-platform", "", "use libc: glibc, or a builder.image with that library for musl",
		yaml("builder: {image: registry.example/go}\ncgo: {libc: musl}") + built("linux/amd64")},
	{"cgo-zig-library", "", "use cgo: {compiler: gcc, packages: {build: [PACKAGE]}}", yaml("cgo: {compiler: gcc, packages: {build: [libseccomp-dev]}}")},
	{"cgo-zig-library", "", "or a builder.image with that library in place of zig", yaml("builder: {image: registry.example/go}\ncgo: {libc: musl}") + built("linux/amd64")},
	{"cgo-swig", "", "run swig yourself, and keep the Go and C files that it makes in place of the file", made},
	{"cgo-zig-fortran", "", "use cgo: {compiler: gcc, libc: glibc, packages: {build: [gfortran]}}",
		yaml("cgo: {compiler: gcc, libc: glibc, packages: {build: [gfortran]}}")},
	{"cgo-musl-fortran", "", "or a builder.image with gfortran", yaml("builder: {image: registry.example/go}\ncgo: {libc: musl}") + built("linux/amd64")},
	{"cgo-musl-tag", "", "use cgo: {libc: musl}, which sets the tag", yaml("cgo: {libc: musl}")},
	{"cgo-musl-tag", "", "use cgo: {libc: musl}, which sets the tag", yaml("build: {tags: [musl]}\ncgo: {libc: musl}")},
	{"cgo-musl-tag", "", "or remove the tag", yaml("cgo: {libc: glibc}")},
	{"cgo-musl-tag", yaml("build: {tags: [musl]}\ncgo: {packages: {build: [libfoo-dev]}}"), "; remove the tag", yaml("cgo: {packages: {build: [libfoo-dev]}}")},
	{"cgo-unused", "", "remove the settings", yaml("main: .")},
	{"cgo-unused", "", "set enabled: on", yaml("cgo: {libc: glibc, enabled: on}")},
	{"cgo-default", "", "say in cgo: what you want, such as {libc: glibc, link: dynamic}", yaml("cgo: {libc: glibc, link: dynamic}")},
	{"cgo-default", "", "{enabled: off} builds without C", yaml("cgo: {enabled: off}")},

	{"stamp-kept", yaml("build: {stamp: {main.version: x, main.sha: x}}"),
		`to stamp it, write build: {stamp: {main.date: "${created}"}}`, yaml(`build: {stamp: {main.date: "${created}", main.version: x, main.sha: x}}`)},
	{"stamp-kept", yaml("build: {stamp: {main.date: x, main.sha: x}}"),
		`to keep it and be told no more, {main.version: "HTTP/$$1.1"}`, yaml(`build: {stamp: {main.version: "HTTP/$$1.1", main.date: x, main.sha: x}}`)},
	{"stamp-kept", yaml("build: {stamp: {main.date: x, main.sha: x, main.version: x}}"),
		"to stamp it, leave it without a value", "-- main_arm64.go --\npackage main\n\nvar revision string\n"},
	{"ambiguous", "", "build one with --target NAME, as in --target a", requestOf(`"target": "a", `, "linux/amd64")},
	{"ambiguous-targets", "", "build a target of the configuration with --target NAME, as in --target api", requestOf(`"target": "api", `, "linux/amd64")},
	{"ambiguous-targets", "", "or choose one in the configuration, as in main: ./cmd/a", yaml("main: ./cmd/a\ntargets: {work: {main: ./cmd/b}}")},
	{"ambiguous", "", "choose one in the configuration, as in main: ./cmd/a", yaml("main: ./cmd/a")},
	{"programs-mistakes", yaml("main: [./cmd/a/app, ./tools]"), "give this one a target of its own", yaml("main: ./cmd/a/app\ntargets: {tools: {main: ./tools}}")},
	{"programs-mistakes", yaml("main: [./cmd/a/app, ./cmd/b/app]"), "give one of them a target of its own", yaml("main: ./cmd/a/app\ntargets: {b: {main: ./cmd/b/app}}")},
	{"programs-mistakes", yaml("main: [./cmd/a/app, ./cmd/b/app]"), "or its folder another name",
		yaml("main: [./cmd/a/app, ./cmd/b/tool]") + "-- cmd/b/tool/main.go --\npackage main\n\nfunc main() {}\n"},
	{"programs-profiles", "", "keep one of them, or give this program a target of its own",
		yaml("main: [./cmd/server, ./cmd/migrate]\ntargets: {check: {main: ./cmd/check}}")},
	{"main-missing", "", `did you mean "./cmd/worker"?`, yaml("targets: {worker: {main: ./cmd/worker}}")},
}

// bare is a program that needs nothing.
const bare = "-- main.go --\npackage main\n\nfunc main() {}\n"

const replaced = "-- go.mod --\nmodule example.com/app\n\ngo 1.26\n\nrequire (\n\texample.org/face v1.0.0\n\texample.org/yaegi v1.0.0\n)\n\nreplace example.org/face => ./face\n" +
	"-- face/go.mod --\nmodule example.org/face\n-- face/face.go --\npackage face\n"

func yaml(text string) string { return "-- modship.yaml --\n" + text + "\n" }

func request(platforms ...string) string { return requestOf("", platforms...) }

// requestOf is a request for platforms, with more in it.
func requestOf(more string, platforms ...string) string {
	return "-- request.json --\n{" + more + "\"platforms\": [\"" + strings.Join(platforms, `", "`) + "\"]}\n"
}

const digest = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\", "

func old(platform string) string { return requestOf(`"go": "1.23.12", `, platform) }
func based(platform string) string {
	return requestOf(`"base": "registry.example/base`+digest, platform)
}
func built(platform string) string {
	return requestOf(`"builder": "registry.example/go`+digest, platform)
}

// ownNative is a program with a flag in its #cgo lines.
func ownNative(flag string) string {
	return "-- main.go --\npackage main\n\n// #cgo CFLAGS: " + flag + "\nimport \"C\"\n\nfunc main() {}\n"
}

// made is a program with what SWIG made of its files.
const made = "-- main.go --\npackage main\n\nimport _ \"example.com/app/made\"\n\nfunc main() {}\n-- made/fast.go --\npackage fast\n\nimport \"C\"\n" +
	"-- made/fast_wrap.c --\n-- request.json --\n{\"platforms\": [\"linux/amd64\"], \"builder\": \"registry.example/swig" + digest + "\"analysis\": [[{}]]}\n"

// stubbed is a program whose dependency has such a flag, and files for without C. cxx is a request in which a dependency has C++.
const (
	stubbed = "-- main.go --\npackage main\n\nimport _ \"example.org/yaegi\"\n\nfunc main() {}\n-- request.json --\n" +
		`{"platforms": ["linux/amd64"], "analysis": [[{"cgoMatters": true}], [{"cgo": [{"importPath": "example.org/face", "stub": true` + native + `}]}]]}` + "\n"
	native = `, "flags": [{"flag": "-march=native"}]`
	cxx    = "-- request.json --\n" +
		`{"platforms": ["linux/amd64"], "analysis": [[{"cgoMatters": true}], [{"cgo": [{"importPath": "example.org/cxx", "cxx": true}]}]]}` + "\n"
)

// TestAdvice: an archive that was changed as an error or a warning says can be planned, and nothing is said of it again.
func TestAdvice(t *testing.T) {
	said := func(fsys fstest.MapFS) []string {
		_, warnings, err := makePlan(t, fsys)
		list := strings.Split(strings.TrimSpace(warnings), "\n")
		for _, m := range diag.All(err) {
			list = append(list, m.Error())
		}
		return list
	}
	var followed []string
	for _, c := range advised {
		wrong := golden.Read(t, "testdata/"+c.archive+".txtar").FS()
		maps.Copy(wrong, golden.Parse(t, c.files).FS())
		var advising []string
		for _, message := range said(wrong) {
			if strings.Contains(message, c.advice) {
				advising = append(advising, message)
			}
		}
		if len(advising) == 0 {
			t.Errorf("%s: nothing says %q", c.archive, c.advice)
		}
		followed = append(followed, advising...)
		right := maps.Clone(wrong)
		maps.Copy(right, golden.Parse(t, c.right).FS())
		if _, _, err := makePlan(t, right); err != nil {
			t.Errorf("%s: %s, and then %v", c.archive, c.advice, err)
		}
		for _, message := range said(right) {
			if strings.Contains(message, c.advice) {
				t.Errorf("%s: %s, and then again %s", c.archive, c.advice, message)
			}
		}
	}
	diagtest.Advice(t, ".", followed, nil)
}
