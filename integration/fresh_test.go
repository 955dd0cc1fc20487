//go:build linux

package integration

import (
	"archive/tar"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

const twoPlatforms = "linux/amd64,linux/arm64"

// TestFreshMachines builds one commit on machines that have never built anything. The second is unlike the first in every way
// that must not matter, and makes the same image, down to its SBOM; the third has the cache that the first exported, and
// compiles next to nothing.
func TestFreshMachines(t *testing.T) {
	t.Parallel()
	l := setUp(t)
	need(t, "git", "git")
	cache := "type=registry,ref=" + l.registry + "/cache:web"
	dir := quick(t)
	initCheckout(t, dir)
	first := client.build(t, build{
		dir: dir, daemon: freshDaemon(t), platforms: twoPlatforms,
		flags: []string{"--cache-to", cache + ",mode=max,compression=zstd"}, // as docs/caching.md says
	})
	for _, stage := range []string{"toolchain", "modules", "analyze", "deps", "compile"} {
		first.executed(t, stage)
	}
	first.says(t, "steps cached: 0 of ", "packages compiled: ", " for linux/arm64)", "time: ")
	first.countsPackages(t)
	t.Run("same image", func(t *testing.T) { sameImage(t, dir, first) })
	t.Run("imported cache", func(t *testing.T) {
		eachMode(t, func(t *testing.T, m mode) { importedCache(t, m, cache) })
	})
	t.Run("new import", func(t *testing.T) { importedCacheNewImport(t, cache) })
	t.Run("no zips", func(t *testing.T) { exportedNoZips(t, l.registry+"/cache:web") })
	t.Run("other go.mod", func(t *testing.T) { importedCacheOtherGoMod(t, cache) })
}

// exportedNoZips looks into all layers of an exported cache.
func exportedNoZips(t *testing.T, ref string) {
	named, err := name.ParseReference(ref)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := remote.Get(named)
	if err != nil {
		t.Fatal(err)
	}
	var listed struct{ Layers, Manifests []v1.Descriptor } // an image or an index, as BuildKit likes
	if err := json.Unmarshal(cache.Manifest, &listed); err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, d := range slices.Concat(listed.Layers, listed.Manifests) {
		if !d.MediaType.IsLayer() {
			continue
		}
		layer, err := remote.Layer(named.Context().Digest(d.Digest.String()))
		if err != nil {
			t.Fatal(err)
		}
		content, err := layer.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		for entries := tar.NewReader(content); ; files++ {
			entry, err := entries.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(entry.Name, ".zip") && strings.Contains(entry.Name, "/@v/") { // Go has some of its own
				t.Errorf("it has %s, %d bytes", entry.Name, entry.Size)
			}
		}
		if err := content.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if files < 1000 {
		t.Errorf("the cache has %d files only", files)
	}
}

// importedCacheOtherGoMod has the imports listed again on a machine that has nothing but the imported cache, and so no zip: they are
// fetched for that.
func importedCacheOtherGoMod(t *testing.T, cache string) {
	dir := quick(t)
	edit(t, dir, "go.mod", string(readFile(t, filepath.Join(dir, "go.mod")))+"\n// More is to come.\n")
	r := client.build(t, build{
		dir: dir, daemon: freshDaemon(t), platforms: twoPlatforms,
		flags: []string{"--cache-from", cache},
	})
	r.executed(t, "modules")
	r.executed(t, "analyze")
	if got := programOf(t, r.images(t)["linux/amd64"]).output(t, "-check"); !strings.Contains(got, "is ready") {
		t.Errorf("the program printed %q", got)
	}
}

// sameImage builds with one CPU, another client, other file modes and times, another umask, language, time zone and host name,
// in another place whose directories list their files in another order.
func sameImage(t *testing.T, dir string, first result) {
	need(t, "taskset", "util-linux")
	other := filepath.Join(t.TempDir(), "some where else")
	copyDir(t, dir, other)
	restrict(t, other)
	setTimes(t, other, time.Date(2031, 2, 3, 4, 5, 6, 7, time.UTC))
	d := freshDaemon(t)
	d.useOneCPU(t)
	second := syntax.build(t, build{
		dir: disordered(t, other), daemon: d, platforms: twoPlatforms, flags: []string{"--provenance=false"}, with: elsewhere(t),
	})
	second.executed(t, "compile")
	if diff := cmp.Diff(digests(t, first), digests(t, second)); diff != "" {
		t.Errorf("digests of the images (-first +second):\n%s", diff)
		reportDifference(t, first, second)
	}
	one, two := indexDigest(t, first), indexDigest(t, second)
	if one != two {
		t.Errorf("the indexes are %s and %s", one, two)
	}
}

// elsewhere is a program that runs a client on a machine with other settings, the go command's among them.
func elsewhere(t *testing.T) []string {
	t.Helper()
	return append([]string{"unshare", "--uts", "env", "TZ=Pacific/Apia", "LANG=tr_TR.UTF-8", "LC_ALL=tr_TR.UTF-8", "HOME=" + t.TempDir(),
		"GOCACHE=" + t.TempDir(), "GOFLAGS=-race", "GOARCH=riscv64", "GOAMD64=v4", "CGO_ENABLED=1",
		"sh", "-c", `umask 077; hostname elsewhere; exec taskset -c 0 "$@"`, "sh"}, withClock(t, fiveYears)...)
}

// disordered shows a directory with its files in another order.
func disordered(t *testing.T, dir string) string {
	t.Helper()
	need(t, "disorderfs", "disorderfs")
	if _, err := os.Stat("/dev/fuse"); err != nil {
		missing(t, "/dev/fuse, which disorderfs needs")
	}
	mount := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "disorderfs", "--multi-user=yes", "--shuffle-dirents=no", "--reverse-dirents=yes", dir, mount)
	if out, code := run(t, cmd); code != 0 {
		t.Fatalf("mounting disorderfs: %s", out)
	}
	t.Cleanup(func() {
		if out, code := run(t, exec.Command("umount", mount)); code != 0 {
			t.Errorf("unmounting disorderfs: %s", out)
		}
	})
	return mount
}

// indexDigest is that of the index, with the SBOM of every image.
func indexDigest(t *testing.T, r result) string {
	t.Helper()
	digest, err := r.open(t).index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}

// restrict takes every right on the files away but the owner's.
func restrict(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.Chmod(name, 0o700)
		}
		return os.Chmod(name, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// digests are those of the manifests, by platform.
func digests(t *testing.T, r result) map[string]string {
	t.Helper()
	found := map[string]string{}
	for platform, img := range r.images(t) {
		digest, err := img.Digest()
		if err != nil {
			t.Fatal(err)
		}
		found[platform] = digest.String()
	}
	return found
}

// reportDifference says in which part two builds differ.
func reportDifference(t *testing.T, a, b result) {
	t.Helper()
	others := b.images(t)
	for _, platform := range slices.Sorted(maps.Keys(a.images(t))) {
		one, other := a.images(t)[platform], others[platform]
		oneManifest, err := one.RawManifest()
		if err != nil {
			t.Fatal(err)
		}
		otherManifest, err := other.RawManifest()
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s manifest (-first +second):\n%s", platform, cmp.Diff(string(oneManifest), string(otherManifest)))
		oneFiles, otherFiles := rootfsOf(t, one), rootfsOf(t, other)
		for _, name := range slices.Sorted(maps.Keys(oneFiles)) {
			x, y := oneFiles[name], otherFiles[name]
			if y.Header == nil || string(x.data) != string(y.data) || fmt.Sprint(*x.Header) != fmt.Sprint(*y.Header) {
				t.Logf("%s %s differs: %v, %v", platform, name, x.Header, y.Header)
			}
		}
	}
}

// importedCache edits one line: of the dependencies nothing may be fetched, listed or compiled again.
func importedCache(t *testing.T, m mode, cache string) {
	dir := quick(t)
	source := string(readFile(t, filepath.Join(dir, "main.go")))
	edit(t, dir, "main.go", strings.ReplaceAll(source, "is ready", "is "+m.name+" ready"))
	r := m.build(t, build{
		dir: dir, daemon: freshDaemon(t), platforms: twoPlatforms,
		flags: []string{"--cache-from", cache},
	})
	r.reused(t, "toolchain", "modules", "analyze", "deps")
	if got := len(r.ran("compile")); got != 2 {
		t.Errorf("%d compile steps were executed, want one for each platform", got)
	}
	for _, v := range r.ran("compile") {
		if got, want := v.output, "example.com/web\n"; got != want { // what go build -v prints
			t.Errorf("%s compiled these packages:\n%s\nwant:\n%s", v.name, got, want)
		}
	}
	if m.name == client.name { // which alone knows what all steps do
		r.says(t, "packages compiled: 2 (1 for linux/amd64, 1 for linux/arm64)")
	}
	if got := programOf(t, r.images(t)["linux/amd64"]).output(t, "-check"); !strings.Contains(got, m.name+" ready") {
		t.Errorf("the program printed %q", got)
	}
}

// importedCacheNewImport imports one more standard package, which no other imports, on a machine that has nothing but the imported
// cache: no package of another module may be compiled again.
func importedCacheNewImport(t *testing.T, cache string) {
	dir := quick(t)
	source := string(readFile(t, filepath.Join(dir, "main.go")))
	edit(t, dir, "main.go", strings.Replace(source, "import (\n", "import (\n\t_ \"container/ring\"\n", 1))
	r := client.build(t, build{
		dir: dir, daemon: freshDaemon(t), platforms: twoPlatforms,
		flags: []string{"--cache-from", cache},
	})
	r.cached(t, "toolchain", "analyze")
	r.reused(t, "modules") // not part of the exported cache where nothing needs it
	r.compilesStandardOnly(t, 2)
	if got := r.compiled("golang.org/x/mod"); got != nil {
		t.Errorf("packages of other modules were compiled: %q", got)
	}
	if got := r.compiled("container/ring"); len(got) != 1 {
		t.Errorf("the log does not say that container/ring was compiled:\n%s", r.log)
	}
	if got := programOf(t, r.images(t)["linux/amd64"]).output(t, "-check"); !strings.Contains(got, "is ready") {
		t.Errorf("the program printed %q", got)
	}
}

// compilesStandardOnly wants the deps steps that were executed to be those of standard packages, one for each platform, and those of
// other modules' packages to come from the cache.
func (r result) compilesStandardOnly(t *testing.T, platforms int) {
	t.Helper()
	ran := r.ran("deps")
	for _, v := range ran {
		if !strings.HasSuffix(v.name, "compile standard packages") {
			t.Errorf("%s was executed; its lines:\n%s", v.name, r.linesOf(v))
		}
	}
	if len(ran) != platforms {
		t.Errorf("%d deps steps were executed, want one for each platform", len(ran))
	}
	kept := 0
	for _, v := range r.vertices() {
		if v.cached && isStage(v.name, "deps") && strings.HasSuffix(v.name, "compile third-party packages") {
			kept++
		}
	}
	if kept != platforms {
		t.Errorf("%d steps that compile third-party packages came from the cache, want one for each platform", kept)
	}
}

// TestFetchedAgain: BuildKit empties the cache mounts of steps that are to run again, each time that it is told of them in a build. The zips
// that the build has fetched are there all the same when it reads them.
func TestFetchedAgain(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		r := m.build(t, build{dir: quick(t), platforms: twoPlatforms, flags: []string{"--no-cache-filter", "modules,analyze"}})
		r.executed(t, "modules")
		r.executed(t, "analyze")
		if got := programOf(t, r.images(t)["linux/amd64"]).output(t, "-check"); !strings.Contains(got, "is ready") {
			t.Errorf("the program printed %q", got)
		}
	})
}
