package llb

import (
	"slices"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/testing/golden"
)

// TestCompileCacheID: whatever could make the entries of one build wrong for another, or let one tenant write what another
// reads, must lead to another mount.
func TestCompileCacheID(t *testing.T) {
	amd64 := target.Target{OS: "linux", Arch: "amd64"}
	base := func() (*plan.Plan, plan.Image) {
		p := &plan.Plan{}
		p.Build, p.Go, p.Cache = amd64, plan.Go{Version: "1.26.8"}, plan.Cache{Namespace: "a"}
		p.Source.Modules = []gomod.Module{{Path: "example.com/app", Dir: "."}}
		return p, plan.Image{Target: amd64}
	}
	changes := map[string]func(*plan.Plan, *plan.Image){
		"nothing":      func(*plan.Plan, *plan.Image) {},
		"Go version":   func(p *plan.Plan, _ *plan.Image) { p.Go.Version = "1.26.9" },
		"toolchain":    func(p *plan.Plan, _ *plan.Image) { p.Go.Sum = "h1:other" },
		"builder":      func(p *plan.Plan, _ *plan.Image) { p.Go = plan.Go{Image: "example.com/go@sha256:1", Root: "/go"} },
		"other digest": func(p *plan.Plan, _ *plan.Image) { p.Go = plan.Go{Image: "example.com/go@sha256:2", Root: "/go"} },
		"build":        func(p *plan.Plan, _ *plan.Image) { p.Build.Arch = "arm64" },
		"namespace":    func(p *plan.Plan, _ *plan.Image) { p.Cache.Namespace = "b" },
		"module":       func(p *plan.Plan, _ *plan.Image) { p.Source.Modules[0].Path = "example.com/other" },
		"arch":         func(_ *plan.Plan, img *plan.Image) { img.Target.Arch = "arm64" },
		"level":        func(_ *plan.Plan, img *plan.Image) { img.Target.Level = "v3" },
		"no module":    func(p *plan.Plan, _ *plan.Image) { p.Source.Modules = nil },
		"glibc": func(_ *plan.Plan, img *plan.Image) {
			img.Cgo = &plan.Cgo{Provider: ctoolchain.GCC, Libc: ctoolchain.Glibc}
		},
		"musl": func(_ *plan.Plan, img *plan.Image) {
			img.Cgo = &plan.Cgo{Provider: ctoolchain.GCC, Libc: ctoolchain.Musl}
		},
		"zig": func(_ *plan.Plan, img *plan.Image) {
			img.Cgo = &plan.Cgo{Provider: ctoolchain.Zig, Libc: ctoolchain.Musl}
		},
		"sysroot": func(_ *plan.Plan, img *plan.Image) {
			img.Cgo = &plan.Cgo{Provider: ctoolchain.GCC, Libc: ctoolchain.Musl, Sysroot: "sha256:1"}
		},
	}
	ids := map[string]string{}
	for name, change := range changes {
		p, img := base()
		change(p, &img)
		for _, kind := range []string{"own", "deps"} {
			id := compileCacheID(kind, p, img)
			if other, double := ids[id]; double {
				t.Errorf("%s of %s and %s have one mount", kind, name, other)
			}
			ids[id] = name
		}
	}
	p, img := base()
	if again := compileCacheID("own", p, img); ids[again] != "nothing" {
		t.Errorf("the same build has another mount: %s", again)
	}
}

// TestCacheIDParts: moving text from one part to the next must not lead to the same mount.
func TestCacheIDParts(t *testing.T) {
	if cacheID("x", "ab", "c") == cacheID("x", "a", "bc") {
		t.Error("parts run into each other")
	}
	if zipsCacheID(plan.Cache{Namespace: "a"}) == zipsCacheID(plan.Cache{Namespace: "b"}) {
		t.Error("two namespaces share their module zips")
	}
}

// TestSysrootKeys: what was compiled with one sysroot is never met with another: neither a vertex nor a mount that has something in it is
// shared.
func TestSysrootKeys(t *testing.T) {
	archive := golden.Read(t, "testdata/cgo.txtar")
	keys := func(sysroot string) (vertices, mounts map[string]bool) {
		p := readPlan(t, archive)
		p.Images = p.Images[:1]
		p.Images[0].Cgo.Sysroot = sysroot
		vertices, mounts = map[string]bool{}, map[string]bool{}
		for _, e := range execs(t, graphOf(t, p)...) {
			if !slices.Contains([]request.Stage{request.StageDeps, request.StageCompile, request.StageLibraries}, e.stage) {
				continue
			}
			vertices[strings.Join(e.Meta.Env, "\n")] = true
			for _, m := range e.Mounts {
				if m.CacheOpt != nil && m.Dest != request.Slots {
					mounts[m.CacheOpt.ID] = true
				}
			}
		}
		return vertices, mounts
	}
	vertices, mounts := keys("sha256:old")
	if len(vertices) != 3 || len(mounts) != 3 {
		t.Fatalf("%d vertices with %d cache mounts, want 3 with 3", len(vertices), len(mounts))
	}
	otherVertices, otherMounts := keys("sha256:new")
	for key := range vertices {
		if otherVertices[key] {
			t.Errorf("a vertex is the same with another sysroot: %s", key)
		}
	}
	for id := range mounts {
		if otherMounts[id] {
			t.Errorf("a cache mount is the same with another sysroot: %s", id)
		}
	}
}

// TestNamespace: in another namespace a build has not one of its cache mounts.
func TestNamespace(t *testing.T) {
	seen := 0
	eachGolden(t, func(t *testing.T, _ *golden.Archive, p *plan.Plan) {
		ids := cacheMounts(t, p)
		p.Cache.Namespace += "other"
		others := cacheMounts(t, p)
		if len(others) != len(ids) {
			t.Errorf("%d cache mounts in one namespace, %d in the other", len(ids), len(others))
		}
		for id, dest := range ids {
			if _, shared := others[id]; shared {
				t.Errorf("two namespaces share the cache mount at %s", dest)
			}
		}
		seen += len(ids)
	})
	if seen == 0 {
		t.Error("no golden has a cache mount")
	}
}

// cacheMounts gives where the cache mounts of a graph are mounted, by their IDs.
func cacheMounts(t *testing.T, p *plan.Plan) map[string]string {
	t.Helper()
	mounts := map[string]string{}
	for _, e := range execs(t, graphOf(t, p)...) {
		for _, m := range e.Mounts {
			if m.CacheOpt != nil {
				mounts[m.CacheOpt.ID] = m.Dest
			}
		}
	}
	return mounts
}
