package frontend

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/testing/gatewaytest"
	"github.com/modship-build/modship/internal/testing/golden"
	"github.com/modship-build/modship/internal/testing/modproxytest"
)

// The tests of files *_linux_test.go run the whole of the frontend, and its steps.

func TestMain(m *testing.M) { gatewaytest.Main(m) }

// goVersion is that of the machine, such as "go1.26.8".
var goVersion = runtime.Version()

// newClient is a client of a build of the files of an archive, in which $GO stands for the Go version of the machine, such as go1.26.8,
// and names stand for values in pairs.
func newClient(t *testing.T, archive string, names ...string) *gatewaytest.Client {
	t.Helper()
	c := gatewaytest.New(t)
	dir := golden.Parse(t, strings.NewReplacer(append(names, "$GO", goVersion)...).Replace(archive)).Dir(t)
	c.Locals["context"], c.Locals["dockerfile"], c.Locals[StepLocal] = dir, dir, gatewaytest.StepProgram(t)
	c.Options["filename"] = "modship.yaml"
	c.Steps["toolchain"] = gatewaytest.OwnGo(t)
	return c
}

// mustBuild builds.
func mustBuild(t *testing.T, c *gatewaytest.Client) *gateway.Result {
	t.Helper()
	res, err := FromClient(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// publish has a module proxy serve modules, each an archive of its files, to the build. It gives their lines of go.sum.
func publish(t *testing.T, archives map[module.Version]string) (settings map[string]string, sums string) {
	t.Helper()
	all := fstest.MapFS{}
	for m, archive := range archives {
		made := modproxytest.New(t, m, golden.Parse(t, archive).FS())
		maps.Copy(all, made.Files)
		sums += made.Sums
	}
	server := httptest.NewServer(http.FileServerFS(all))
	t.Cleanup(server.Close)
	return map[string]string{"build-arg:GOPROXY": server.URL}, sums
}

// git makes the folder of the context a checkout of its first commit.
func git(t *testing.T, c *gatewaytest.Client) {
	t.Helper()
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"commit", "-qm", "first"}, {"tag", "v1.2.3"}} {
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=a", "-c", "user.email=a@a.example"}, args...)...)
		cmd.Dir = c.Locals["context"]
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, text)
		}
	}
}

// withDebian has the daemon find a base for C, in place of which nothing is installed.
func withDebian(t *testing.T, c *gatewaytest.Client) {
	t.Helper()
	c.AddImage(defaults.CgoBase, gatewaytest.Root{Dir: t.TempDir(), Config: ocispecs.Image{Platform: gatewaytest.Platform()}})
	c.Steps["sysroot"] = func(_ context.Context, s *gatewaytest.Step) error {
		return writeJSON(s, request.Out, request.SysrootFile, request.SysrootReport{ID: "sysroot-of-the-test", Distro: "debian-12"})
	}
}

// writeJSON writes what a step would have said.
func writeJSON(s *gatewaytest.Step, dest, name string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.Folder(dest), name), text, 0o644)
}

// hello is a program without dependencies.
const hello = `
-- go.mod --
module example.com/hello

go 1.26

toolchain $GO
-- main.go --
package main

func main() { println("hello") }
-- modship.yaml --
# syntax=modship
`

// TestOnePlatform: without --platform there is one image, for the machine that builds it, and no index.
func TestOnePlatform(t *testing.T) {
	c := newClient(t, hello)
	res := mustBuild(t, c)
	if res.Ref == nil || res.Refs != nil {
		t.Fatalf("the result has the reference %v and the references %v", res.Ref, res.Refs)
	}
	checkImage(t, res.Ref, res.Metadata, "", gatewaytest.Platform())
	for name := range res.Metadata {
		if strings.Contains(name, "annotation-index") {
			t.Errorf("%s without an index: the exporter refuses it", name)
		}
	}
	if got := c.Warnings(); len(got) > 0 {
		t.Errorf("warnings: %v", got)
	}
}

// checkImage looks at what every image has.
func checkImage(t *testing.T, ref gateway.Reference, metadata map[string][]byte, suffix string, platform ocispecs.Platform) {
	t.Helper()
	var config ocispecs.Image
	if err := json.Unmarshal(metadata[exptypes.ExporterImageConfigKey+suffix], &config); err != nil {
		t.Fatal(err)
	}
	if config.OS != platform.OS || config.Architecture != platform.Architecture {
		t.Errorf("the configuration is for %s/%s", config.OS, config.Architecture)
	}
	program := config.Config.Entrypoint[0]
	for _, name := range []string{program, "/etc/ssl/certs/ca-certificates.crt", "/etc/passwd"} {
		if _, err := ref.StatFile(context.Background(), gateway.StatRequest{Path: name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	var all exptypes.Platforms
	if err := json.Unmarshal(metadata[exptypes.ExporterPlatformsKey], &all); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(all.Platforms, func(p exptypes.Platform) bool { return p.Platform.Architecture == platform.Architecture }) {
		t.Errorf("the platforms are %v", all)
	}
}

// TestTwoPlatforms: with two there are images by platform, of the same steps but for those of one platform.
func TestTwoPlatforms(t *testing.T) {
	c := newClient(t, hello)
	c.Options["platform"] = "linux/amd64,linux/arm64"
	res := mustBuild(t, c)
	if res.Ref != nil || len(res.Refs) != 2 {
		t.Fatalf("the result has the reference %v and the references %v", res.Ref, res.Refs)
	}
	for _, arch := range []string{"amd64", "arm64"} {
		id := "linux/" + arch
		checkImage(t, res.Refs[id], res.Metadata, "/"+id, ocispecs.Platform{OS: "linux", Architecture: arch})
	}
	for _, stage := range []string{"scan", "toolchain", "rootfs"} {
		ran := slices.DeleteFunc(c.Ran(), func(name string) bool { return !strings.HasPrefix(name, "["+stage+"] ") })
		if len(ran) != 1 {
			t.Errorf("%s ran %d times: %q", stage, len(ran), ran)
		}
	}
}
