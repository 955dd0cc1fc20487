package config_test

import (
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/config"
)

// TestValues gives each validation its edges. An empty want says that the value is refused.
func TestValues(t *testing.T) {
	for _, tt := range []struct {
		name  string
		check func(string) (string, error)
		cases map[string]string
	}{
		{"user", config.User, map[string]string{
			"1": "1:1", "1001:1002": "1001:1002", "2147483647": "2147483647:2147483647", "65532:65532": "65532:65532",
			"0": "", "0:1": "", "1:0": "", "2147483648": "", "99999999999999999999": "", "-1": "", "+1": "", "01": "", "1:": "",
			":1": "", "": "", "1:2:3": "", "root": "", "nobody": "", "0x10": "", "1 ": "", "1\n": "", "١": "",
		}},
		{"go", config.GoVersion, map[string]string{
			"1.26": "1.26", "1.26.8": "1.26.8", "go1.26.8": "1.26.8", "1.27rc1": "1.27rc1", "go1.21": "1.21",
			"1": "", "": "", "go": "", "latest": "", "v1.26": "", "1.26.x": "", "1.26.8-custom": "", "2.0": "", "1.026": "", "gogo1.26": "", " 1.26": "",
		}},
		{"port", config.Port, map[string]string{
			"1": "1/tcp", "65535/udp": "65535/udp", "9/sctp": "9/sctp", "80/tcp": "80/tcp",
			"0": "", "65536": "", "080": "", "1-2": "", "-1": "", "80/": "", "80/icmp": "", "80/tcp/udp": "", "": "", "/tcp": "", "80:80": "", "1e3": "",
		}},
		{"main", scalar("main: %q"), map[string]string{
			".": "main", "./": "main", "./cmd/a": "main", "example.com/x/cmd/y": "main", "cmd/a": "main",
			"": "", "..": "", "../x": "", "./../x": "", "./a/../../b": "", "/abs": "", "./...": "", "-toolexec=x": "", "x@v1": "", "main.go": "", `.\cmd`: "", "a b": "",
		}},
		{"proxy", scalar("modules: {proxy: %q}"), map[string]string{
			"off": "ok", "direct": "ok", "https://a.example/x,direct": "ok", "http://localhost:1|off": "ok", "http://[::1]:3000": "ok",
			"": "", ",": "", "http://a.example": "", "ftp://a.example": "", "https://u@a.example": "", "https://u:p@a.example": "", "https://": "",
			"a.example": "", "https://a.example, direct": "", "file:///x": "", "%zz": "", "u:p@a.example": "",
			"https://a.example/?t=x": "", "https://a.example?": "", "https://a.example/#x": "", "https://a.example/#": "", "https://:443": "",
			"http://LOCALHOST:1": "ok",
		}},
		{"insecure", scalar("modules: {insecure: [%q]}"), map[string]string{
			"a.example": "ok", "a.example:8080": "ok", "10.0.0.1": "ok", "[fd00::1]:80": "ok",
			"": "", "http://a.example": "", "u:pw@a.example": "", "a.example/x": "", "*.example": "", "*": "", "a.example:x": "", "a,b": "", "a b": "", "fd00::1": "", ":80": "", "a?x": "",
		}},
		{"proxy with insecure hosts", scalar("modules: {insecure: [a.example, \"b.example:81\"], proxy: %q}"), map[string]string{
			"http://a.example": "ok", "http://A.example:8080/x,off": "ok", "http://b.example:81|https://c.example": "ok",
			"http://b.example": "", "http://x.a.example": "", "http://a.example.evil.example": "", "http://u:pw@a.example": "", "http://a.example?x": "",
		}},
		{"rewrite", scalar("modules: {rewrite: {\"https://a.example/\": %q}}"), map[string]string{
			"https://b.example/": "ok", "ssh://git@b.example/x": "ok", "ssh://b.example:2222/": "ok", "git@b.example:": "ok", "git@b.example:x/": "ok",
			"": "", "http://b.example/": "", "https://u@b.example/": "", "https://u:pw@b.example/": "", "ssh://u:pw@b.example/": "", "file:///x": "", "git://b.example/": "", "b.example": "", "https://b.example/ x": "", "u:pw@b.example:x": "",
		}},
		{"sumdb", scalar("modules: {sumdb: %q}"), map[string]string{
			"sum.golang.org": "ok", "sum.golang.org https://mirror.example/sumdb": "ok", "sum.golang.google.cn": "ok",
			"sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8 https://mirror.example": "ok",
			// Another key, also under Go's name: whoever has it could vouch for any Go.
			"sum.example+d8309355+AebFocwDCXRM+crh0vCcVdxlURjUbIMkjTFGToKOecMw": "", "sum.golang.org+969f89a4+Aao1iI2zYCJxUeKEZQH9dAPlFy3SVdax8F1JJTSai8i6": "",
			"sum.example": "", "sum.example https://sum.golang.org": "",
			"off": "", "": "", "a b c": "", "sum.golang.org http://a.example": "", "sum.golang.org https://a.example?t=x": "", "sum.example+key": "",
		}},
		{"private", scalar("modules: {private: [%q]}"), map[string]string{
			"corp.example": "ok", "*.corp.example": "ok", "corp.example/*": "ok", "*": "", "*/*": "", "?*.*": "", "": "", "a,b": "", "[": "",
			"[a-z]*": "", "[^~]*": "", "[^a]*/x": "", `[^\]]*`: "", `\**`: "", "[a-z][a-z]*.[a-z]*": "", "-*": "", "[g]it.corp.example": "ok", `\git.example`: "ok",
		}},
		{"stopSignal", scalar("image: {stopSignal: %q}"), map[string]string{
			"SIGTERM": "ok", "9": "ok", "64": "ok", "SIGRTMIN+3": "ok", "SIGRTMAX-14": "ok",
			"65": "", "0": "", "TERM": "", "sigterm": "", "SIGFOO": "", "": "", "SIGRTMIN+99": "",
		}},
		{"path", scalar("image: {path: %q}"), map[string]string{
			"/app": "ok", "/app/": "ok", "/": "ok", "/opt/x/server": "ok",
			"": "", "app": "", "./app": "", "/a/../b": "", "/a//b": "", "/a/.wh.b": "", "/a//": "",
		}},
		{"platforms", scalar("platforms: [%q]"), map[string]string{
			"linux/amd64": "ok", "linux/arm/v7": "ok", "linux/x86_64": "ok", "": "", "linux": "", "plan9/amd64": "", "linux/6502": "",
		}},
		{"base", scalar("image: {base: %q}"), map[string]string{
			"scratch": "ok", "debian": "ok", "registry.example:5000/a/b:1": "ok",
			"": "", "UPPER": "", "a b": "", "https://registry.example/a": "", "u:p@registry.example/a": "",
		}},
		{"ldflags", scalar("build: {ldflags: [%q]}"), map[string]string{
			"-s": "ok", "-w=false": "ok", "-X=main.v=": "ok", "-X=main.v=a b": "ok", "-X=example.com/a-b/c.d.V_1=x": "ok", "-buildid=": "ok", "-buildid=a/b": "ok", "-checklinkname=0": "ok", "-funcalign=32": "ok",
			"": "", "s": "", "--s": "", "-S": "", "-X": "", "-X=main.v": "", "-X=v=1": "", "-X=main.1=x": "", "-checklinkname=1": "", "-checklinkname": "", "-funcalign": "", "-funcalign=0": "",
			"-buildid": "ok", "-extld=gcc": "", "-extldflags=-static": "", "-linkmode=external": "", "-X=main.v=a\nb": "", "-X=main.v=it's \"it\"": "", "-X=main.v=b' -extld=/src/x": "ok", "'-s -w'": "", "-r=/x": "", "-I=/x": "", "-L=/x": "", "-buildmode=pie": "", "-plugin": "", "-o=/x": "", "-s -w": "", "-s=": "", "@file": "",
		}},
		{"cc", scalar("builder: {image: x}\ncgo: {cc: %q}"), map[string]string{
			"gcc": "ok", "musl-gcc": "ok", "clang-17": "ok", "/opt/cross/bin/arm-linux-gnueabihf-gcc-12.2": "ok", "/usr/bin/cc": "ok", "zigcc": "ok", "icx": "ok",
			"gcc -fplugin=/src/p.so": "", "gcc -B/src/": "", "gcc -wrapper /src/x.so": "", "gcc -O2": "", "gcc\t-O2": "", "-cc": "", "": "",
			"/src/tools/cc": "", "/work/cc": "", "tools/cc": "", "./cc": "", "/opt/../src/cc": "", "/proc/self/cwd/cc": "", "/proc/self/root/src/cc": "", "/tmp/cc": "", "/go/modcache/cc": "",
			"/out/cc": "", "/usr/.cc/cc": "", "/usr//cc": "", "@gcc": "", "make": "", "sh": "", "ccache": "", "env": "", "gcc;rm": "", "$(x)cc": "", "/usr/bin/": "",
		}},
		{"cxx", scalar("builder: {image: x}\ncgo: {cxx: %q}"), map[string]string{
			"g++": "ok", "clang++-17": "ok", "x86_64-linux-gnu-c++": "ok", "g++ -O2": "", "/src/g++": "", "perl": "",
		}},
		{"cflags", scalar("cgo: {cflags: [%q]}"), map[string]string{
			"-march=armv8.2-a": "ok", "-mtune=generic": "ok", "-mcpu=cortex-a72": "ok", "-DA=b c": "ok", "-DA='b -c'": "ok", "-DA=1 -DB=2": "", "-I/a b": "",
			"-march=native": "", "-mtune=native": "", "-mcpu=native": "", "-mcpu=native+crypto": "", "-mfpu=native": "", "-fplugin=x": "", "-include": "", "-I.": "", "-DA=@x": "", "-wrapper": "",
		}},
		{"archive", scalar("cgo: {compiler: zig, libc: musl, zig: {url: %q, digest: \"sha256:" + strings.Repeat("0", 64) + "\"}}"), map[string]string{
			"https://x.example/zig.tgz": "ok", "https://x.example:8443/a/zig%20x.tar.gz": "ok",
			"https://x.example/zig.tgz?x=1": "", "https://x.example/zig.tgz?": "", "https://x.example/zig.tgz#x": "", "http://127.0.0.1:2375/containers/json?x=.tgz": "",
			"http://x.example/zig.tgz": "", "https://u:p@x.example/zig.tgz": "", "": "", "http://127.0.0.1:2375/zig.tgz": "", "http://localhost/zig.tgz": "",
			"https://127.0.0.1/zig.tgz": "", "https://127.9.9.9:8443/zig.tgz": "", "https://LOCALHOST/zig.tgz": "", "https://[::1]/zig.tgz": "",
		}},
		{"C ldflags", scalar("cgo: {ldflags: [%q]}"), map[string]string{
			"-march=x86-64-v2": "ok", "-march=native": "", "-mcpu=native": "", "-fuse-ld=/src/ld": "", "-Wl,-T,/src/x": "", "-Wl,@/src/x": "", "-Wl,--plugin,/src/p.so": "", "/src/x.a": "", "-l:x.a": "",
		}},
		{"tags", scalar("build: {tags: [%q]}"), map[string]string{
			"netgo": "ok", "go1.99": "ok", "musl": "ok", "boring": "ok", "goexperiments": "ok",
			"": "", "a b": "", "a,b": "", "-toolexec=x": "", "cgo": "", "boringcrypto": "", "goexperiment.jsonv2": "", "race": "", "msan": "", "asan": "",
		}},
		{"stamp", scalar("build: {stamp: {%q: x}}"), map[string]string{
			"main.version": "ok", "main.v_1": "ok", "example.com/a-b/c.d.V": "ok", "a.b": "ok",
			"": "", "version": "", "main.": "", "main.1": "", "main.v-1": "", ".v": "", "/a.b": "", "a/../b.c": "", "main.v=x": "", "a b.c": "", "main.é": "", "a~b.c": "",
		}},
		{"gogc", scalar("runtime: {gogc: %q}"), map[string]string{
			"off": "ok", "0": "ok", "100": "ok", "2147483647": "ok", "": "", "-1": "", "2147483648": "", "1.5": "", "0x10": "", "010": "", "OFF": "", "100%": "",
		}},
		{"gomemlimit", scalar("runtime: {gomemlimit: %q}"), map[string]string{
			"off": "ok", "0": "ok", "100": "ok", "1B": "ok", "64KiB": "ok", "1MiB": "ok", "7GiB": "ok", "8388607TiB": "ok", "9223372036854775807": "ok",
			"": "", "8388608TiB": "", "9223372036854775808": "", "1kiB": "", "1K": "", "1GB": "", "1.5GiB": "", "-1": "", "+1": "", "MiB": "", "1 MiB": "", "1PiB": "",
		}},
		{"gomaxprocs", scalar("runtime: {gomaxprocs: %q}"), map[string]string{
			"1": "ok", "64": "ok", "0": "", "-1": "", "": "", "auto": "", "2147483648": "",
		}},
		{"gotraceback", scalar("runtime: {gotraceback: %q}"), map[string]string{
			"none": "ok", "single": "ok", "all": "ok", "system": "ok", "crash": "ok", "wer": "ok", "0": "ok", "4294967295": "ok", "": "", "4294967296": "", "All": "", "-1": "",
		}},
		{"source", scalar("metadata: {source: %q}"), map[string]string{
			"https://example.com": "ok", "https://example.com:8443/a?b#c": "ok", "https://example.com/@scope/x": "ok",
			"": "", "http://example.com": "", "https://": "", "https:///x": "", "https://u@example.com": "", "https://u:p@example.com": "", "example.com": "",
			"git@example.com:a/b": "", "ssh://git@example.com/a": "", "https://example.com/a b": "", "https:x@y": "", "%zz": "",
		}},
		{"licenses", scalar("metadata: {licenses: %q}"), map[string]string{
			"MIT": "ok", "Apache-2.0 OR MIT": "ok", "GPL-2.0-only WITH Classpath-exception-2.0": "ok", "LicenseRef-Corp": "ok", "(MIT AND BSD-3-Clause)": "ok",
			"": "", "Apache 2": "", "MIT/X11": "", "MIT OR": "", "Proprietary": "", "MIT-only": "", "NONE": "", "NOASSERTION": "", "((((": "", strings.Repeat("(", 999): "",
			strings.Repeat("MIT AND ", 200) + "MIT": "",
		}},
		{"sbom", scalar("sbom: %q"), map[string]string{"spdx": "ok", "off": "ok", "": "", "SPDX": "", "cyclonedx": ""}},
		{"workdir", scalar("image: {workdir: %q}"), map[string]string{
			"/": "ok", "/a/b": "ok", "": "", "a": "", "/a/": "", "/a/../b": "", "//a": "", "C:/x": "", "/a/.wh.b": "", "/.wh.a/b": "", "/a.wh.b": "ok", "/.wh": "ok",
		}},
		{"files.to", scalar("image: {files: [{from: a, to: %q}]}"), map[string]string{
			"/a": "ok", "/a/": "ok", "/": "ok", "/a/x.wh.b": "ok", "a": "", "/bin/.wh.sh": "", "/.wh.bin/": "", "/a/.wh..wh..opq": "",
		}},
		{"files.from", scalar("image: {files: [{from: %q, to: /x}]}"), map[string]string{
			"a": "ok", "a/": "ok", "./a": "ok", ".": "ok", "a/../b": "ok", "": "", "/a": "", "..": "", "a/../../b": "", `a\b`: "",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for value, want := range tt.cases {
				got, err := tt.check(value)
				switch {
				case want == "" && err == nil:
					t.Errorf("%q is accepted as %q", value, got)
				case want != "" && err != nil:
					t.Errorf("%q is refused: %v", value, err)
				case want != "" && got != "" && got != want:
					t.Errorf("%q becomes %q, want %q", value, got, want)
				}
			}
		})
	}
}

// scalar validates through a whole file.
func scalar(format string) func(string) (string, error) {
	return func(value string) (string, error) {
		quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(value) + `"`
		_, err := config.Parse("app.yaml", []byte(strings.Replace(format, "%q", quoted, 1)))
		return "", err
	}
}

// TestSecretsAreNotRepeated keeps passwords out of messages, which end up in logs.
func TestSecretsAreNotRepeated(t *testing.T) {
	for _, input := range []string{
		`modules: {proxy: "https://u:canary@a.example"}`,
		`modules: {proxy: "https://u:canary@a.example:port"}`,
		`modules: {proxy: "http://a.example/?token=canary"}`,
		`modules: {proxy: "https://a.example/?token=canary"}`,
		`modules: {proxy: "https://a.example/#canary"}`,
		`modules: {proxy: "ftp://a.example/?token=canary"}`,
		`modules: {proxy: "a.example?token=canary"}`,
		`modules: {sumdb: "sum.golang.org https://u:canary@a.example"}`,
		`modules: {sumdb: "sum.golang.org http://a.example/?token=canary"}`,
		`image: {base: "u:canary@a.example/x"}`,
		`metadata: {source: "https://u:canary@a.example"}`,
		`metadata: {url: "https://u:canary@a.example:port"}`,
	} {
		_, err := config.Parse("app.yaml", []byte(input))
		if err == nil {
			t.Errorf("%s is accepted", input)
		} else if strings.Contains(err.Error(), "canary") {
			t.Errorf("the message repeats the password: %v", err)
		}
	}
}
