package frontend

import (
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	intoto "github.com/in-toto/in-toto-golang/in_toto"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/testing/gatewaytest"
)

// compileFor stands in for the step that compiles: it gives a program that does nothing, built by the machine's own Go.
func compileFor(arch string) func(context.Context, *gatewaytest.Step) error {
	return func(ctx context.Context, s *gatewaytest.Step) error {
		dir, err := os.MkdirTemp("", "")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		for name, text := range map[string]string{"go.mod": "module example.com/hello\n", "main.go": "package main\n\nfunc main() {}\n"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				return err
			}
		}
		to := filepath.Join(s.Folder(request.Out), "usr/local/bin/hello")
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-o", to)
		build.Dir, build.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch, "GOAMD64=v1", "GOARM64=v8.0")
		if err := build.Run(); err != nil {
			return err
		}
		if err := writeJSON(s, request.Said, request.LinkFile, request.LinkReport{Archives: []string{"/usr/lib/libcrypto.a"}, Warnings: []string{"getaddrinfo"}}); err != nil {
			return err
		}
		return writeJSON(s, request.Said, request.ProgramFile, request.ProgramReport{File: binary.File{Path: "usr/local/bin/hello", SHA1: strings.Repeat("0", 40), SHA256: strings.Repeat("0", 64)}, Pointers: []string{"data.bin"}})
	}
}

// quick is a client whose programs are made by [compileFor].
func quick(t *testing.T, archive string, names ...string) *gatewaytest.Client {
	t.Helper()
	c := newClient(t, archive, names...)
	c.Steps["compile"] = compileFor(runtime.GOARCH)
	return c
}

func TestBase(t *testing.T) {
	c := quick(t, hello+"image: {base: base.example/a:1}\n")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "theirs"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	c.AddImage("base.example/a:1", gatewaytest.Root{Dir: dir, Config: ocispecs.Image{Platform: gatewaytest.Platform(), Config: ocispecs.ImageConfig{Env: []string{"A=b"}}}})
	res := mustBuild(t, c)
	for _, name := range []string{"theirs", "usr/local/bin/hello"} {
		if _, err := res.Ref.StatFile(t.Context(), gateway.StatRequest{Path: name}); err != nil {
			t.Error(err)
		}
	}
	if config := string(res.Metadata[exptypes.ExporterImageConfigKey]); !strings.Contains(config, "A=b") || len(res.Metadata[exptypes.ExporterImageBaseConfigKey]) == 0 {
		t.Errorf("the configuration is %s", config)
	}
}

// TestNamedContext: a local folder stands in for an image; one that nothing asks for is a warning.
func TestNamedContext(t *testing.T) {
	c := quick(t, hello+"image: {base: base.example/a:1}\n")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	c.Locals["mine"] = dir
	c.Options["context:base.example/a:1"], c.Options["local-sessionid:mine"] = "local:mine", gatewaytest.Session
	c.Options["context:base.example/b:1"] = "local:mine"
	res := mustBuild(t, c)
	if _, err := res.Ref.StatFile(t.Context(), gateway.StatRequest{Path: "mine"}); err != nil {
		t.Error(err)
	}
	wantWarnings(t, c, "data.bin", "the build context base.example/b:1 is not used")
}

// wantWarnings: each warning has one of the words, in any order.
func wantWarnings(t *testing.T, c *gatewaytest.Client, words ...string) {
	t.Helper()
	got := c.Warnings()
	for _, word := range words {
		if !slices.ContainsFunc(got, func(w gatewaytest.Warning) bool { return strings.Contains(w.Text, word) }) {
			t.Errorf("no warning has %q", word)
		}
	}
	if len(got) != len(words) {
		t.Errorf("the warnings are %+v", got)
	}
}

// TestBuilderImage takes the Go of an image as it is, without a toolchain.
func TestBuilderImage(t *testing.T) {
	c := quick(t, hello+"builder: {image: golang.example/go:1}\n")
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "opt/go"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "opt/go/lib/time"), os.DirFS(filepath.Join(gatewaytest.GoRoot(t), "lib/time"))); err != nil {
		t.Fatal(err)
	}
	c.AddImage("golang.example/go:1", gatewaytest.Root{Dir: dir, Config: ocispecs.Image{Platform: gatewaytest.Platform(), Config: ocispecs.ImageConfig{Env: []string{"GOROOT=/opt/go"}}}})
	mustBuild(t, c)
	if n := timesRan(c, "toolchain"); n != 1 { // the image itself
		t.Errorf("%d toolchains", n)
	}
}

// TestBuilderContext: a folder stands in for the builder image, which nobody then asks a registry for; nothing is kept for other builds.
func TestBuilderContext(t *testing.T) {
	c := quick(t, hello+"builder: {image: golang.example/go:1}\n")
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "usr/local/go/lib/time"), os.DirFS(filepath.Join(gatewaytest.GoRoot(t), "lib/time"))); err != nil {
		t.Fatal(err)
	}
	c.Locals["go"] = dir
	c.Options["context:golang.example/go:1"], c.Options["local-sessionid:go"] = "local:go", gatewaytest.Session
	mustBuild(t, c)
	if n := timesRan(c, "toolchain"); n != 0 {
		t.Errorf("%d toolchains", n)
	}
	wantWarnings(t, c, "data.bin")
	if p := planOf(t, c); p.Go.Image != "golang.example/go:1" || !p.Cache.Isolated {
		t.Errorf("the Go is %+v, the cache %+v", p.Go, p.Cache)
	}
}

func TestGitContext(t *testing.T) {
	c := quick(t, hello)
	git(t, c)
	const remote = "https://code.example/o/hello.git"
	c.Options["context"] = remote + "#main"
	c.Sources["git://code.example/o/hello.git#main"] = c.Locals["context"]
	delete(c.Locals, "context")
	delete(c.Locals, "dockerfile")
	c.Options["requestid"] = PlanRequest
	p := planOf(t, c)
	if p.Metadata.Version != "v1.2.3" || p.Metadata.Revision == "" || !strings.Contains(string(p.Metadata.Source), "code.example/o/hello") {
		t.Errorf("the commit is %+v", p.Metadata)
	}
}

func TestBinaries(t *testing.T) {
	c := quick(t, hello)
	c.Options["target"] = "binaries"
	res := mustBuild(t, c)
	name := "hello-linux-" + runtime.GOARCH
	sums, err := res.Ref.ReadFile(t.Context(), gateway.ReadRequest{Filename: "SHA256SUMS"})
	if want := strings.Repeat("0", 64) + "  " + name + "\n"; err != nil || string(sums) != want {
		t.Errorf("the sums are %q, %v", sums, err)
	}
	if st, err := res.Ref.StatFile(t.Context(), gateway.StatRequest{Path: name}); err != nil || st.Size == 0 {
		t.Errorf("the program is %v, %v", st, err)
	}
}

// TestSBOM: the license is of the file in the module's folder.
func TestSBOM(t *testing.T) {
	license, err := os.ReadFile("../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	c := quick(t, hello+"-- LICENSE --\n"+string(license))
	c.Options["target"] = "sbom"
	res := mustBuild(t, c)
	text, err := res.Ref.ReadFile(t.Context(), gateway.ReadRequest{Filename: "hello-linux-" + runtime.GOARCH + ".spdx.json"})
	if err != nil || !strings.Contains(string(text), "SPDX-2.3") || !strings.Contains(string(text), `"Apache-2.0"`) {
		t.Errorf("the document is %s, %v", text, err)
	}
}

// TestScanner: BuildKit's own scanner runs beside the SBOM of Modship if it is asked for.
func TestScanner(t *testing.T) {
	c := quick(t, hello)
	c.Options["attest:sbom"] = "generator=scanner.example/s"
	c.AddImage("scanner.example/s", gatewaytest.Root{Dir: t.TempDir(), Config: ocispecs.Image{Platform: gatewaytest.Platform(), Config: ocispecs.ImageConfig{Cmd: []string{"/scanner"}}}})
	c.Steps["/scanner"] = func(_ context.Context, s *gatewaytest.Step) error {
		return os.WriteFile(filepath.Join(s.Folder("/run/out/"), "sbom.spdx.json"), []byte("{}"), 0o644)
	}
	res := mustBuild(t, c)
	attestations := res.Attestations["linux/"+runtime.GOARCH]
	if len(attestations) != 2 || attestations[0].InToto.PredicateType != intoto.PredicateSPDX {
		t.Errorf("the attestations are %+v", attestations)
	}
}

// TestLinkedWithC: of a build with C it is said what the linker took and warned of.
func TestLinkedWithC(t *testing.T) {
	proxy, sums := publishWords(t, needsC)
	c := quick(t, uses+"cgo: {link: static, libc: glibc}\n", "$SUMS", sums)
	maps.Copy(c.Options, proxy)
	withDebian(t, c)
	c.Steps["deps"] = func(context.Context, *gatewaytest.Step) error { return nil }
	mustBuild(t, c)
	wantWarnings(t, c, "data.bin", "getaddrinfo", "OpenSSL")
}

// TestZig: zig comes from an image, where it is looked for in PATH.
func TestZig(t *testing.T) {
	proxy, sums := publishWords(t, needsC)
	for link, want := range map[string]string{"": "/opt/zig", "../lib/zig/zig": "/opt/lib/zig"} {
		c := quick(t, uses+"cgo: {compiler: zig, libc: musl, zig: {image: zig.example/z}}\n", "$SUMS", sums)
		maps.Copy(c.Options, proxy)
		withDebian(t, c)
		dir := t.TempDir()
		err := errors.Join(os.MkdirAll(filepath.Join(dir, "opt/zig"), 0o755), os.MkdirAll(filepath.Join(dir, "opt/lib/zig"), 0o755))
		if zig := filepath.Join(dir, "opt/zig/zig"); link == "" {
			err = errors.Join(err, os.WriteFile(zig, nil, 0o755))
		} else {
			err = errors.Join(err, os.Symlink(link, zig))
		}
		if err != nil {
			t.Fatal(err)
		}
		c.AddImage("zig.example/z", gatewaytest.Root{Dir: dir, Config: ocispecs.Image{Platform: gatewaytest.Platform(), Config: ocispecs.ImageConfig{Env: []string{"PATH=/usr/bin:/opt/zig"}}}})
		if got := planOf(t, c).Images[0].Cgo.Folder; got != want {
			t.Errorf("zig is in %s, want %s", got, want)
		}
	}
}

// TestNewestGo: without a toolchain line, it is the newest release of go.mod's language.
func TestNewestGo(t *testing.T) {
	c := newClient(t, strings.ReplaceAll(hello, "\n\ntoolchain $GO", ""))
	c.Steps["resolve"] = func(_ context.Context, s *gatewaytest.Step) error {
		return writeJSON(s, request.Out, request.VersionsFile, []string{"go1.25.99", "go1.26.2", "go1.26.10", "go1.27.0"})
	}
	if got := planOf(t, c).Go.Version; got != "1.26.10" {
		t.Errorf("it is Go %s", got)
	}
}
