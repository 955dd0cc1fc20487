package config_test

import (
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/config"
)

// TestNothingRunsPrograms goes through every key whose value reaches cmd/go, a compiler, a linker or apt-get with what would run a
// program, load code into one, or have it read a file of the project.
func TestNothingRunsPrograms(t *testing.T) {
	for key, values := range map[string][]string{
		"main: %q":                            {"-toolexec=x", "./...", "main.go", "@file", "x@v1.0.0"},
		"go: %q":                              {"local", "path", "1.26.8+auto", "file:///x", "../go"},
		"build: {tags: [%q]}":                 {"-toolexec=x", "a -toolexec=x", "a,b", "@file", "a'b"},
		"build: {ldflags: [%q]}":              {"-extld=/src/ld", "-extldflags=-fplugin=/src/p.so", "-extar=/src/ar", "-s -extld=/src/ld", "-linkmode=external", "-I=/src/ld.so", "-r=/src", "-L=/src", "-importcfg=/src/x", "-tmpdir=/src", "-capturehostobjs=/src", "-cpuprofile=/src/x", "@/src/flags", "-X=main.a='b\" -extld=/src/ld", "--extld=/src/ld"},
		"build: {stamp: {main.a: %q}}":        {"b'\" -extld=/src/ld", "b\n-extld=/src/ld"},
		"build: {stamp: {%q: b}}":             {"main.a=b -extld=/src/ld -X main.c", "main.a b", "-extld"},
		"build: {env: {%q: x}}":               {"GOFLAGS", "CC", "CXX", "AR", "CGO_CFLAGS", "CGO_LDFLAGS_ALLOW", "CGO_CFLAGS_ALLOW", "GOROOT", "GOTOOLCHAIN", "GOTOOLDIR", "PATH", "LD_PRELOAD", "PKG_CONFIG", "PKG_CONFIG_PATH", "GCC_EXEC_PREFIX", "COMPILER_PATH", "GOCACHEPROG", "GOPACKAGESDRIVER", "GO_EXTLINK_ENABLED", "GOAUTH", "GIT_SSH_COMMAND"},
		"build: {env: {GOEXPERIMENT: %q}}":    {"x -toolexec=y", "x;y", "../x"},
		"build: {env: {GOFIPS140: %q}}":       {"v1.0.0/../../src", "/src/x", "v1.0.0-../x"},
		"cgo: {cflags: [%q]}":                 {"-fplugin=/src/p.so", "-B/src/", "-specs=/src/s", "-wrapper", "-wrapper /src/x", "@/src/flags", "-include", "-include/src/x.h", "-imacros/src/x", "-I/src/x -B/src", "-DA=@/src/x", "-x", "-xc", "--sysroot=/src", "-isysroot/src", "-iprefix/src", "-fuse-ld=/src/ld", "-Xclang", "-load", "-fpass-plugin=/src/p.so", "-Wp,-MD,/src/x", "-Wa,@/src/x", "-o/src/x", "-save-temps", "-fdump-tree-all=/src/x", "-fprofile-use=/src/x", "-target"},
		"cgo: {cppflags: [%q]}":               {"-fplugin=/src/p.so", "-include/src/x.h", "-B/src", "@x"},
		"cgo: {cxxflags: [%q]}":               {"-fplugin=/src/p.so", "-fmodule-mapper=|/src/x", "-B/src", "@x"},
		"cgo: {ldflags: [%q]}":                {"-fuse-ld=/src/ld", "-B/src", "-Wl,-plugin,/src/p.so", "-Wl,--plugin=/src/p.so", "-Wl,@/src/x", "-Wl,-T,/src/x", "-Wl,-dynamic-linker,/src/ld.so", "-Wl,-rpath,/src", "-Wl,-z,now,-plugin,/src/p.so", "-L/src,-plugin", "-Xlinker", "/src/x.o", "x.a", "-l:/src/x.a", "-T/src/x", "-specs=/src/x", "-Wl,--dynamic-list=/src/x", "-Wl,--version-script=/src/x", "@x"},
		"builder: {image: x}\ncgo: {cc: %q}":  {"/src/cc", "make", "sh -c x", "gcc -fplugin=/src/p.so", "./cc", "go"},
		"builder: {image: x}\ncgo: {cxx: %q}": {"/src/c++", "python3", "g++ -B/src"},
		"cgo: {packages: {build: [%q]}}":      {"-oAPT::Update::Pre-Invoke::=x", "./x.deb", "/src/x.deb", "x/unstable", "x=1", "x-", "x+", "x y", "~n", "?x"},
		"cgo: {packages: {runtime: [%q]}}":    {"-ox", "./x.deb", "x:amd64"},
		"cgo: {compiler: zig, libc: musl, zig: {url: %q, digest: \"sha256:0123456789012345678901234567890123456789012345678901234567890123\"}}": {"file:///src/zig.tar.gz", "http://x.example/z.tgz", "/src/z.tgz"},
	} {
		for _, value := range values {
			if _, err := scalar(key)(value); err == nil {
				t.Errorf("%s takes %q", key, value)
			}
		}
	}
}

// TestNothingElseReachesGo: keys that somebody may think of are not there.
func TestNothingElseReachesGo(t *testing.T) {
	for _, text := range []string{
		"build: {gcflags: [-S]}", "build: {asmflags: [-S]}", "build: {flags: [-toolexec=x]}", "build: {overlay: x.json}", "build: {mod: mod}", "build: {toolexec: x}",
		"cgo: {pkgconfig: /src/x}", "cgo: {ar: /src/x}", "env: {PATH: /src}", "builder: {env: {PATH: /src}}", "build: {env: {GOEXPERIMENT: x, GOFLAGS: -toolexec=y}}",
	} {
		if _, err := config.Parse("app.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), "unknown key") && !strings.Contains(err.Error(), "cannot set") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
