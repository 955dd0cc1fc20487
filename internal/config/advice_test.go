package config_test

import (
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/testing/diagtest"
)

// advised are files with a mistake, and what they become for a user who does as the message says.
var advised = []struct{ wrong, right string }{
	{`args: {version: "1"}`, `args: {release: "1"}`},
	{`build: {ldflags: ["-s -w"]}`, `build: {ldflags: ["-s", "-w"]}`},
	{`main: [./a, ""]`, `main: [./a]`},
	{`main: [./a, ""]`, `main: [./a, ./b]`},
	{`platforms: [linux/amd64, null]`, `platforms: [linux/amd64]`},
	{`build: {ldflags: -s -w}`, `build: {ldflags: ["-s", "-w"]}`},
	{`build: {ldflags: "'-s'"}`, `build: {ldflags: ["-s"]}`},
	{`build: {ldflags: [s]}`, `build: {ldflags: ["-s"]}`},
	{`build: {ldflags: ["-s -o x"]}`, `build: {ldflags: ["-s"]}`},
	{`build: {ldflags: [" -s"]}`, `build: {ldflags: ["-s"]}`},
	{`build: {ldflags: [-X]}`, `build: {ldflags: ["-X=main.name=value"]}`},
	{`build: {ldflags: [-X, version]}`, `build: {ldflags: [-X, main.version=1.2]}`},
	{`build: {ldflags: ["-extldflags=-static"]}`, `cgo: {link: static}`},
	{`build: {ldflags: ["-extldflags=-Wl,-z,now"]}`, `cgo: {ldflags: ["-Wl,-z,now"]}`},
	{`build: {ldflags: [-buildmode=pie]}`, `cgo: {enabled: on, pie: true}`},
	{`build: {ldflags: [-s, "-X=main.version=1"], stamp: {main.version: "2"}}`, `build: {ldflags: [-s], stamp: {main.version: "2"}}`},
	{`build: {stamp: yes}`, `build: {stamp: off}`},
	{`build: {stamp: yes}`, `build: {stamp: {main.version: "${version}"}}`},
	{`build: {stamp: {version: "1"}}`, `build: {stamp: {main.version: "1"}}`},
	{`build: {stamp: {version: "1"}}`, `build: {stamp: {example.com/app/lib.version: "1"}}`},
	{`build: {stamp: {main.version: 1}}`, `build: {stamp: {main.version: "1"}}`},
	{`build: {tags: netgo osusergo}`, `build: {tags: ["netgo", "osusergo"]}`},
	{`build: {tags: ["netgo,osusergo"]}`, `build: {tags: [netgo, osusergo]}`},
	{`build: {tags: [net-go]}`, `build: {tags: [net_go]}`},
	{`build: {tags: [cgo]}`, `cgo: {enabled: on}`},
	{`build: {env: {GOFLAGS: -tags=x}}`, `build: {tags: [x], ldflags: [-s]}`},
	{`build: {env: {GOPROXY: direct}}`, `modules: {proxy: direct, sumdb: sum.golang.org, private: [corp.example], nosumdb: [corp.example]}`},
	{`build: {env: {GOTOOLCHAIN: go1.26.8}}`, `go: "1.26.8"`},
	{`build: {env: {CGO_CFLAGS: -O2}}`, `cgo: {cflags: [-O2]}`},
	{`image: {env: {A-B: "1"}}`, `image: {env: {A_B: "1"}}`},
	{`main: "$HOME"`, `main: "./$$HOME"`},
	{`main: "./${WHERE}"`, `{args: {WHERE: "cmd"}, main: "./${WHERE}"}`},
	{`main:`, ``},
	{`main: ""`, `main: ./cmd/server`},
	{`main: ./...`, `{main: ./cmd/server, targets: {worker: {main: ./cmd/worker}}}`},
	{`main: ./...`, `main: [./cmd/server, ./cmd/worker]`},
	{`main: []`, `main: [./cmd/server]`},
	{`main: []`, ``},
	{`{main: [., ./cmd/worker], image: {path: /app}}`, `{main: [., ./cmd/worker], image: {path: "/app/"}}`},
	{`main: cmd/server/main.go`, `main: ./cmd/server`},
	{`main: ../x`, `main: ./x`},
	{`main: /x`, `main: ./x`},
	{`main: ./x/../../y`, `main: ./y`},
	{`module: ""`, `module: services/a`},
	{`module: ""`, ``},
	{`module: ../x`, `module: x`},
	{`module: services\a`, `module: services/a`},
	{`module: services/a/go.mod`, `module: services/a`},
	{`go: 1.26`, `go: "1.26"`},
	{`go: latest`, `go: "1.26"`},
	{`go: latest`, `go: "1.26.8"`},
	{`go: latest`, `go: "1.27rc1"`},
	{"main: .\n---\nmain: .\n", `{targets: {worker: {main: ./cmd/worker}}}`},
	{`targets: {binaries: {}}`, `targets: {programs: {}}`},
	{`cache: mine`, `cache: isolated`},
	{`cache: mine`, `cache: {seed: registry.example/app:seed}`},
	{`cache: mine`, ``},
	{`cache: 5`, `cache: isolated`},
	{`cache: {seed: UPPER}`, `cache: {seed: registry.example/app:seed}`},
	{`cache: {sed: a}`, `cache: {seed: a}`},
	{`sbom: cyclonedx`, `sbom: spdx`},
	{`sbom: cyclonedx`, `sbom: off`},
	{`check: {rules: {exclude: yes}}`, `check: {rules: {exclude: off, local-replace: info, secrets: warn, retracted: error}}`},
	{`check: {rules: {exclud: off}}`, `check: {rules: {exclude: off}}`},
	{`check: {rules: {nothing: off}}`, `check: {rules: {unused-replace: off}}`},
	{`check: {rules: {user: off}}`, `check: {rules: {}}`},
	{`check: {rules: {media-types: off}}`, `check: {rules: {}}`}, // and oci-lint-go scan --rule media-types=warn
	{`1: x`, `args: {"x1": x}`},
	{`args: {1: x}`, `args: {"x1": x}`},

	{`cgo: {cflags: ["-O2\n"]}`, `cgo: {cflags: [-O2]}`},
	{`cgo: {cflags: [-march=native]}`, `cgo: {cflags: [-march=x86-64-v2]}`},
	{`cgo: {glibc: "2.28"}`, `cgo: {compiler: zig, libc: glibc, glibc: "2.28", zig: {image: registry.example/zig:1}}`},
	{`cgo: {glibc: "2.28"}`, ``},
	{`cgo: {zig: {image: registry.example/zig:1}}`, ``},
	{`cgo: {compiler: zig, zig: {image: registry.example/zig:1}, glibc: "2.28", link: static}`, `cgo: {compiler: zig, zig: {image: registry.example/zig:1}, libc: musl, link: static}`},
	{`{builder: {image: registry.example/go:1}, cgo: {compiler: zig, zig: {image: registry.example/zig:1}}}`, `{builder: {image: registry.example/go:1}}`},
	{`cgo: {compiler: zig, zig: {image: registry.example/zig:1}, packages: {build: [libc6-dev]}}`, `cgo: {compiler: gcc, packages: {build: [libc6-dev]}}`},
	{`cgo: {compiler: zig, zig: {image: registry.example/zig:1}, link: static}`, `cgo: {compiler: zig, zig: {image: registry.example/zig:1}, libc: musl, link: static}`},
	{`cgo: {compiler: zig, zig: {image: registry.example/zig:1}, libc: musl, link: dynamic}`, `cgo: {compiler: zig, zig: {image: registry.example/zig:1}, libc: musl, link: static}`},
	{`cgo: {compiler: zig, zig: {image: registry.example/zig:1}, libc: musl, link: dynamic}`, `cgo: {compiler: gcc, libc: musl, link: dynamic}`},
	{`{builder: {image: registry.example/go:1}, cgo: {compiler: zig, zig: {image: registry.example/zig:1}}}`, `cgo: {compiler: zig, zig: {image: registry.example/zig:1}}`},
	{`{builder: {image: registry.example/go:1}, cgo: {packages: {build: [libc6-dev]}}}`, `cgo: {packages: {build: [libc6-dev]}}`},
	{`{builder: {image: registry.example/go:1}, cgo: {packages: {build: [libc6-dev]}}}`, `builder: {image: registry.example/go:1}`},
	{`cgo: {cc: clang}`, ``},
	{`cgo: {cc: clang}`, `{builder: {image: registry.example/go:1}, cgo: {cc: clang}}`},
	{`cgo: {compiler: zig}`, `cgo: {compiler: zig, zig: {image: registry.example/zig:1}}`},
	{`cgo: {compiler: zig}`, `cgo: {compiler: zig, zig: {url: "https://x.example/zig.tar.xz", digest: "sha256:` + strings.Repeat("0", 64) + `"}}`},
	{`cgo: {zig: {image: registry.example/zig:1}}`, `cgo: {compiler: zig, zig: {image: registry.example/zig:1}}`},
	{`cgo: {enabled: off, libc: musl}`, `cgo: {libc: musl}`},
	{`cgo: {enabled: off, libc: musl}`, `cgo: {enabled: off}`},
	{`cgo: {compiler: zig, zig: {image: registry.example/zig:1}, glibc: new}`, `cgo: {compiler: zig, zig: {image: registry.example/zig:1}, glibc: "2.28"}`},
	{`cgo: {packages: {build: ["libc6-dev:arm64"]}}`, `cgo: {packages: {build: [libc6-dev]}}`},
	{`cgo: {packages: {build: ["libc6-dev=1"]}}`, `cgo: {packages: {build: [libc6-dev]}}`},
	{`cgo: {packages: {build: ["libc6-dev gcc"]}}`, `cgo: {packages: {build: [libc6-dev, gcc]}}`},
	{`{builder: {image: registry.example/go:1}, cgo: {cc: "../gcc"}}`, `{builder: {image: registry.example/go:1}, cgo: {cc: /opt/x/musl-gcc, cxx: clang++-17}}`},
	{`{builder: {image: registry.example/go:1}, cgo: {cc: "gcc -O2"}}`, `{builder: {image: registry.example/go:1}, cgo: {cc: gcc, cflags: [-O2], ldflags: ["-Wl,-z,now"]}}`},
	{`cgo: {compiler: zig, zig: {url: "https://localhost/zig.tgz", digest: "sha256:` + strings.Repeat("0", 64) + `"}}`, `cgo: {compiler: zig, zig: {url: "https://x.example/zig.tgz", digest: "sha256:` + strings.Repeat("0", 64) + `"}}`},
	{`cgo: {compiler: zig, zig: {url: "https://localhost/zig.tgz", digest: "sha256:` + strings.Repeat("0", 64) + `"}}`, `cgo: {compiler: zig, zig: {image: registry.example/zig:1}}`},
	{`cgo: {compiler: zig, zig: {url: "https://x.example/zig.tgz?token=x", digest: "sha256:` + strings.Repeat("0", 64) + `"}}`, `cgo: {compiler: zig, zig: {url: "https://x.example/zig.tgz", digest: "sha256:` + strings.Repeat("0", 64) + `"}}`},
	{`cgo: {compiler: zig, zig: {url: "https://x.example/zig.tar.xz", digest: sha1:0}}`, `cgo: {compiler: zig, zig: {url: "https://x.example/zig.tar.xz", digest: "sha256:` + strings.Repeat("0", 64) + `"}}`},

	{`image: {base: "a b"}`, `image: {base: scratch}`},
	{`image: {base: "a b"}`, `image: {base: "registry.example/base:1"}`},
	{`builder: {image: "a b"}`, `builder: {image: "registry.example/go:1.26"}`},
	{`source: [{from: ui}]`, `source: [{from: ui, to: web/dist}]`},
	{`source: [{from: "https://x.example/ui.tgz", to: web}]`, `source: [{from: "https://x.example/ui.tgz", digest: "sha256:` + strings.Repeat("0", 64) + `", to: web}]`},
	{`source: [{from: "https://x.example/ui.tgz?token=x", digest: "sha256:` + strings.Repeat("0", 64) + `", to: web}]`, `source: [{from: "https://x.example/ui.tgz", digest: "sha256:` + strings.Repeat("0", 64) + `", to: web}]`},
	{`source: [{from: "https://x.example/ui.tgz?token=x", digest: "sha256:` + strings.Repeat("0", 64) + `", to: web}]`, `source: [{from: ui, to: web}]`},
	{`source: [{from: ui, digest: "sha256:` + strings.Repeat("0", 64) + `", to: web}]`, `source: [{from: ui, to: web}]`},
	{`source: [{from: "registry.example/ui:1", digest: "sha256:` + strings.Repeat("0", 64) + `", to: web}]`, `source: [{from: "registry.example/ui:1@sha256:` + strings.Repeat("0", 64) + `", to: web}]`},
	{`source: [{from: "a b", to: web}]`, `source: [{from: ui, to: web}, {from: "registry.example/ui:1", to: ui}]`},
	{`source: [{from: ui, to: .}]`, `source: [{from: ui, to: web/dist}]`},
	{`source: [{from: ui, to: vendor}]`, `source: [{from: ui, to: web/dist}]`},
	{`source: [{from: ui, to: web}, {from: b, to: web}]`, `source: [{from: ui, to: web}, {from: b, to: b}]`},
	{`image: {files: [{from: "a/**", to: /x/}]}`, `image: {files: [{from: a, to: /x/}]}`},
	{`image: {files: [{from: "a/*", to: /x}]}`, `image: {files: [{from: "a/*", to: "/x/"}]}`},
	{`image: {files: [{context: "https://x.example/ui.tgz", from: a, to: /x}]}`, `image: {files: [{context: ui, from: a, to: /x}]}`},
	{`image: {files: [{from: a, to: /x, owner: app}]}`, `image: {files: [{from: a, to: /x, owner: "1001:1001"}, {from: a, to: /y, owner: 1001}]}`},
	{`image: {files: [{from: a, to: /x, mode: "4755"}]}`, `image: {files: [{from: a, to: /x, mode: "0755"}]}`},
	{`image: {files: [{from: a, to: /x, mode: rw}]}`, `image: {files: [{from: a, to: /x, mode: "0640"}]}`},
	{`image: {files: [{from: x}]}`, `image: {files: [{from: x, to: /x}]}`},
	{`image: {files: [{from: ../x, to: /x}]}`, `image: {files: [{from: x, to: /x}]}`},
	{`image: {files: [{from: x, to: /a/../x}]}`, `image: {files: [{from: x, to: "/x"}]}`},
	{`image: {files: [{from: x, to: /bin/.wh.sh}]}`, `image: {files: [{from: x, to: /bin/x}]}`},
	{`image: {ports: ["127.0.0.1:8080:80"]}`, `image: {ports: [80]}`},
	{`image: {ports: [http]}`, `image: {ports: [1, "65535/udp", "7/sctp"]}`},
	{`image: {ports: ["80/TCP"]}`, `image: {ports: ["80/tcp", "80/udp", "80/sctp"]}`},
	{`image: {user: root}`, `image: {user: "1001:1001"}`},
	{`image: {user: "1:"}`, `image: {user: "1"}`},
	{`image: {user: "1:"}`, `image: {user: "1:1"}`},
	{`image: {user: "0123"}`, `image: {user: "1001"}`},
	{`image: {user: "-1"}`, `image: {user: "1001"}`},
	{`image: {user: "99999999999"}`, `image: {user: "1"}`},
	{`image: {stopSignal: TERMINATE}`, `image: {stopSignal: SIGTERM}`},
	{`image: {stopSignal: TERMINATE}`, `image: {stopSignal: 15}`},
	{`image: {stopSignal: sigterm}`, `image: {stopSignal: "SIGTERM"}`},

	{`metadata: {title: ""}`, ``},
	{`metadata: {title: ""}`, `image: {labels: {org.opencontainers.image.title: null}}`},
	{`metadata: {url: "::"}`, `metadata: {url: "https://host/path"}`},
	{`metadata: {url: "ftp://x"}`, `metadata: {url: "https://host/path"}`},
	{`metadata: {licenses: free}`, `metadata: {licenses: MIT AND Apache-2.0 OR GPL-2.0-only WITH Classpath-exception-2.0}`},
	{`metadata: {licenses: free}`, `metadata: {licenses: LicenseRef-NAME}`},

	{`modules: {proxy: "https://x.example/?a=b"}`, `modules: {proxy: "https://x.example/"}`},
	{`modules: {proxy: "https://u:p@x.example"}`, `modules: {proxy: "https://x.example"}`},
	{`modules: {proxy: "http://x.example"}`, `modules: {proxy: "https://x.example"}`},
	{`modules: {proxy: "http://x.example"}`, `modules: {proxy: "http://127.0.0.1:3000"}`},
	{`modules: {proxy: "http://x.example"}`, `modules: {proxy: "http://x.example", insecure: [x.example]}`},
	{`modules: {rewrite: {"https://x.example/": "http://x.example/"}}`, `modules: {rewrite: {"https://git.corp.example/": "ssh://git@git.corp.example/"}}`},
	{`modules: {rewrite: {"https://x.example/": "https://u:pw@x.example/"}}`, `modules: {rewrite: {"https://x.example/": "https://y.example/"}}`},
	{`modules: {insecure: ["http://x.example:8080"]}`, `modules: {insecure: ["mirror.corp.example:8080"]}`},
	{`modules: {proxy: "x.example"}`, `modules: {proxy: "https://host/path,direct"}`},
	{`modules: {proxy: "x.example"}`, `modules: {proxy: off}`},
	{`modules: {proxy: "https://%zz"}`, `modules: {proxy: "https://host/path"}`},
	{`modules: {sumdb: off}`, `modules: {}`},
	{`modules: {sumdb: "sum.example+d8309355+AebFocwDCXRM+crh0vCcVdxlURjUbIMkjTFGToKOecMw"}`, `modules: {sumdb: sum.golang.org https://mirror.example}`},
	{`modules: {sumdb: "a b c"}`, `modules: {sumdb: sum.golang.org}`},
	{`modules: {sumdb: "a b c"}`, `modules: {sumdb: "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8 https://mirror.example"}`},
	{`modules: {private: ["a.example,b.example"]}`, `modules: {private: [a.example, b.example]}`},
	{`modules: {private: ["https://corp.example"]}`, `modules: {private: [corp.example/*]}`},
	{`modules: {private: ["*"]}`, `modules: {private: [corp.example]}`},

	{`{image: {env: {GOGC: "50"}}, runtime: {gogc: "60"}}`, `runtime: {gogc: "60"}`},
	{`go: {version: "1.26.8", sum: []}`, `go: {version: "1.26.8"}`},
	{`go: {version: "1.26.8", sum: sha256:00}`, `go: {version: "1.26.8", sum: "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`},
	{`go: {version: "1.26", sum: "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`, `go: {version: "1.26.8", sum: ["h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]}`},
	{`go: {sum: "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`, `go: {version: 1.27rc1, sum: "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`},
	{`runtime: {gogc: fast}`, `runtime: {gogc: 100}`},
	{`runtime: {gogc: fast}`, `runtime: {gogc: off}`},
	{`runtime: {gomaxprocs: 0}`, `runtime: {gomaxprocs: 1}`},
	{`runtime: {gomemlimit: much}`, `runtime: {gomemlimit: 512MiB}`},
	{`runtime: {gomemlimit: much}`, `runtime: {gomemlimit: off}`},
	{`runtime: {gomemlimit: 512MB}`, `runtime: {gomemlimit: "512MiB"}`},
	{`runtime: {gomemlimit: 512mib}`, `runtime: {gomemlimit: "512MiB"}`},
	{`runtime: {godebug: {"a=1,b": 0}}`, `runtime: {godebug: {http2client: 0}}`},
	{`runtime: {gotraceback: loud}`, `runtime: {gotraceback: single}`},
	{`runtime: {gotraceback: loud}`, `runtime: {gotraceback: 2}`},

	{`platforms: [linux/amd64, linux/x86_64]`, `platforms: [linux/amd64]`},
	{`platforms: []`, `platforms: [linux/amd64]`},
	{`platforms: []`, ``},
	{`image: {healthcheck: {interval: 30s}}`, `image: {healthcheck: {test: ["/usr/local/bin/server", "-health"], interval: 30s}}`},
	{`image: {healthcheck: {test: []}}`, `image: {healthcheck: {test: ["/usr/local/bin/server", "-health"]}}`},
	{`image: {healthcheck: {test: [CMD-SHELL, curl x]}}`, `image: {healthcheck: {test: ["/usr/local/bin/server", "-health"]}}`},
	{`image: {healthcheck: {test: [NONE]}}`, `image: {}`},
	{`image: {healthcheck: {test: [x], interval: 30}}`, `image: {healthcheck: {test: [x], interval: 30s}}`},
	{`image: {healthcheck: {test: [x], timeout: 1us}}`, `image: {healthcheck: {test: [x], timeout: 1m30s}}`},
	{`image: {healthcheck: {test: [x], retries: 0}}`, `image: {healthcheck: {test: [x], retries: 3}}`},
}

// mistakes are what is wrong with a file, as its default target uses it.
func mistakes(text string) diag.List {
	file, err := config.Parse("modship.yaml", []byte(text))
	if err == nil {
		_, err = file.Target("", nil)
	}
	return diag.All(err)
}

// targetError is what is wrong with asking a file for a target.
func targetError(text, target string) error {
	file, err := config.Parse("modship.yaml", []byte(text))
	if err == nil {
		_, err = file.Target(target, nil)
	}
	return err
}

// TestAdvice: whoever does as a message says gets no other message. Every text of this package that says what to do is followed.
func TestAdvice(t *testing.T) {
	var followed []string
	for _, c := range advised {
		wrong := mistakes(c.wrong)
		if len(wrong) == 0 {
			t.Errorf("%s has no mistake", c.wrong)
		}
		for _, m := range wrong {
			followed = append(followed, m.Help)
		}
		for _, m := range mistakes(c.right) {
			t.Errorf("%s says\n\t%v\nand then %s says\n\t%v", c.wrong, wrong.Err(), c.right, m)
		}
	}
	for right, target := range map[string]string{"main: [./a, ./b]": "", "main: [./a, ./b]\ntargets: {b: {main: ./b}}": "b"} {
		wrong := targetError("main: [./a, ./b]", "b")
		if wrong == nil || !strings.HasSuffix(wrong.Error(), "as in targets: {b: {main: ./b}}") {
			t.Errorf("of a target that is a program of main it says %v", wrong)
			continue
		}
		followed = append(followed, wrong.Error())
		if again := targetError(right, target); again != nil {
			t.Errorf("%v, and then %v", wrong, again)
		}
	}
	diagtest.Advice(t, ".", followed, nil)
}
