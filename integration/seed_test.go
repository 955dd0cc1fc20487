//go:build linux

package integration

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestStartFromSeed: on a machine that has never built anything, a build after a change of go.mod compiles what the change reaches and
// nothing else, if it is given the compiled dependencies of an earlier one. That is so for their image in turn, which does not grow. The
// cache that such a build exports serves one without a seed; and where the dependencies are in a cache, no seed is looked for.
func TestStartFromSeed(t *testing.T) {
	t.Parallel()
	a, b := workModule(t, "a", "v1.0.0", "hash/crc32"), workModule(t, "b", "v1.0.0", "work.example/c")
	handlers := map[string]http.HandlerFunc{}
	versions := map[string]privateModule{}
	for _, version := range []string{"v1.0.0", "v1.1.0", "v1.2.0"} {
		versions[version] = workModule(t, "c", version)
		maps.Copy(handlers, versions[version].handlers)
	}
	maps.Copy(handlers, a.handlers)
	maps.Copy(handlers, b.handlers)
	proxy := httptest.NewServer(goProxy(t, handlers))
	defer proxy.Close()

	const own = "example.com/seeded"
	dir := inline(t, "\n-- main.go --\n"+workProgram("seeded", "work.example/a", "work.example/b"))
	requires := func(c string) {
		edit(t, dir, "go.mod", "module "+own+"\n\ngo 1.26\n\ntoolchain go1.26.11\n\n"+
			"require (\n\twork.example/a v1.0.0\n\twork.example/b v1.0.0\n\twork.example/c "+c+" // indirect\n)\n")
		edit(t, dir, "go.sum", a.sums+b.sums+versions[c].sums)
	}
	eachMode(t, func(t *testing.T, m mode) {
		repository := "seeded/" + m.name
		cache := "type=registry,ref=" + lab.registry + "/" + repository + ":cache"
		on := func(d *daemon, b build) result {
			t.Helper()
			b.dir, b.daemon, b.platforms, b.args = dir, d, twoPlatforms, []string{"GOPROXY=" + proxy.URL}
			b.noImage = b.push == ""
			return m.build(t, b)
		}
		publish := func(d *daemon, tag string) (size int64) {
			t.Helper()
			return sizeOf(t, on(d, build{push: repository + ":" + tag, flags: []string{"--target", "compile-cache", "--provenance=false"}}))
		}
		reached := []string{own, "work.example/b", "work.example/c"}

		requires("v1.0.0")
		configure(t, dir, "")
		size := publish(freshDaemon(t), "seed1")

		requires("v1.1.0")
		configure(t, dir, "cache: {seed: "+lab.registry+"/"+repository+":seed1}\n")
		second := freshDaemon(t)
		var export []string
		if m.name == client.name {
			export = []string{"--cache-to", cache + ",mode=max,compression=zstd"}
		}
		r := on(second, build{flags: export})
		r.executed(t, "seed")
		if diff := cmp.Diff(reached, r.compiled("")); diff != "" {
			t.Errorf("packages that were compiled with a seed (-want +got):\n%s\n%s", diff, r.log)
		}
		grown := publish(second, "seed2")
		if grown > size+size/50 {
			t.Errorf("the image of the dependencies has grown from %d to %d bytes", size, grown)
		}
		if m.name == syntax.name {
			return // what follows has no other way through it
		}
		// Nothing is compiled again without a seed.
		configure(t, dir, "")
		r = on(freshDaemon(t), build{flags: []string{"--cache-from", cache}})
		r.cached(t, "analyze", "deps")
		// Nor is a seed asked for.
		configure(t, dir, "cache: {seed: "+lab.registry+"/"+repository+":missing}\n")
		r = on(freshDaemon(t), build{flags: []string{"--cache-from", cache}})
		r.cached(t, "analyze", "deps")
		r.without(t, "seed")
		if strings.Contains(r.log, "does not serve") {
			t.Errorf("a seed was looked for:\n%s", r.log)
		}

		layout := filepath.Join(t.TempDir(), "seed")
		configure(t, dir, "")
		on(second, build{flags: []string{"--target", "compile-cache", "-t", "app:latest", "--output", "type=oci,dest=" + layout + ",tar=false"}})
		requires("v1.2.0")
		third := freshDaemon(t)
		r = on(third, build{flags: []string{"--build-context", "modship-seed=oci-layout://" + layout + ":latest"}})
		if diff := cmp.Diff(reached, r.compiled("")); diff != "" {
			t.Errorf("packages that were compiled with the seed of a seed (-want +got):\n%s\n%s", diff, r.log)
		}
		if again := publish(third, "seed3"); again > size+size/50 {
			t.Errorf("the image of the dependencies has grown from %d over %d to %d bytes", size, grown, again)
		}
		t.Logf("%d, %d bytes", size, grown)
		// On this machine packages are kept now, also such of the seed that were of no use yet, and no seed is asked for.
		requires("v1.1.0")
		configure(t, dir, "cache: {seed: "+lab.registry+"/"+repository+":missing}\n")
		r = on(third, build{})
		r.executed(t, "deps")
		if diff := cmp.Diff([]string{own}, r.compiled("")); diff != "" || strings.Contains(r.log, "does not serve") {
			t.Errorf("packages that were compiled with those that were kept (-want +got):\n%s\n%s", diff, r.log)
		}
	})
}

// TestWithoutSeed: a seed that is not there is one warning, and the build goes on.
func TestWithoutSeed(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		dir := inline(t, "-- go.mod --\nmodule seedless.example/"+m.name+"\n\ngo 1.26\n\nrequire seedless.example/dep v1.0.0\n"+
			"-- vendor/modules.txt --\n# seedless.example/dep v1.0.0\n## explicit; go 1.26\nseedless.example/dep\n"+
			"-- vendor/seedless.example/dep/dep.go --\npackage dep\n"+
			"-- main.go --\npackage main\n\nimport _ \"seedless.example/dep\"\n\nfunc main() { println(\"seedless\") }\n")
		configure(t, dir, "cache: {seed: "+lab.registry+"/seeded:none}\n")
		r := m.build(t, build{dir: dir, platforms: twoPlatforms})
		if n := strings.Count(r.log, "does not serve linux/amd64, linux/arm64"); n == 0 {
			t.Errorf("it is not said that there is no seed:\n%s", r.log)
		}
		if got := programOf(t, r.images(t)["linux/amd64"]).output(t); got != "seedless\n" {
			t.Errorf("the program printed %q", got)
		}
	})
}

// sizeOf is that of the layers of all images.
func sizeOf(t *testing.T, r result) (size int64) {
	t.Helper()
	images := r.images(t)
	if len(images) != 2 {
		t.Fatalf("%d images, want one for each platform", len(images))
	}
	for _, img := range images {
		manifest, err := img.Manifest()
		if err != nil {
			t.Fatal(err)
		}
		for _, layer := range manifest.Layers {
			size += layer.Size
		}
	}
	return size
}
