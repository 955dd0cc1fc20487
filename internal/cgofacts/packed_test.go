package cgofacts_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/cgofacts"
	"github.com/modship-build/modship/internal/testing/cgoprogram"
)

// full tells whether tests may take minutes.
func full() bool { return os.Getenv("MODSHIP_TEST_FULL") != "" }

// TestUPX packs programs: UPX, its version and its method are named as it tells them, and nothing that its own program says is taken for
// what the packed one would. Debian has it as upx-ucl, in bookworm among the backports.
func TestUPX(t *testing.T) {
	if !full() {
		t.Skip("not every machine has UPX: set MODSHIP_TEST_FULL")
	}
	cgoprogram.Need(t, "upx")
	version := regexp.MustCompile(`(?m)^upx (\d+)\.(\d+)\.(\d+)`).FindStringSubmatch(cgoprogram.Run(t, nil, "upx", "--version"))
	if version == nil {
		t.Fatal("upx does not say its version")
	}
	said := version[1] + "." + version[2] + version[3]
	for name, build := range map[string]cgoprogram.Program{
		"pure":      {Source: cgoprogram.Pure},
		"C":         {Source: cgoprogram.C, CC: "gcc"},
		"C, static": {Source: cgoprogram.C, CC: "gcc", Args: []string{static}},
		"C, pie":    {Source: cgoprogram.C, CC: "gcc", Args: []string{"-buildmode=pie"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := cgoprogram.Build(t, build)
			plain := read(t, path)
			for method, flag := range map[string]string{"NRV2E": "--nrv2e", "LZMA": "--lzma"} {
				out := filepath.Join(t.TempDir(), "packed")
				cgoprogram.Run(t, nil, "upx", "-qq", flag, "-o", out, path)
				f := read(t, out)
				if want := "UPX " + said + " (" + method + ")"; f.Verdict != cgofacts.Unknown || f.Packed.String() != want || !strings.Contains(f.Reason, want) {
					t.Errorf("%s, %s: %s", f.Verdict, f.Packed, f.Reason)
				}
				if f.Machine != plain.Machine || f.Link.Kind != "" || f.Libc != nil || f.Hardening != nil || f.Go != nil || f.Imports != nil || f.Risks != nil {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

// TestGarble: the names and the build information that garble takes away are not guessed, with C or without.
func TestGarble(t *testing.T) {
	if !full() {
		t.Skip("it compiles the standard library anew: set MODSHIP_TEST_FULL")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/garble\n\ngo 1.26.2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	env := []string{"GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local", "GOBIN=" + dir}
	cgoprogram.Run(t, env, "go", "-C", dir, "get", "-tool", "mvdan.cc/garble@v0.16.0")
	cgoprogram.Run(t, append(env, "CGO_ENABLED=0"), "go", "-C", dir, "install", "mvdan.cc/garble")
	for _, build := range []cgoprogram.Program{
		{Source: cgoprogram.Tiny, Garble: filepath.Join(dir, "garble")},
		{Source: cgoprogram.C, CC: "gcc", Garble: filepath.Join(dir, "garble")},
	} {
		f := read(t, cgoprogram.Build(t, build))
		if f.Verdict != cgofacts.Unknown || f.Go == nil || f.Go.Version == "go1.26.8" || f.Calls != nil || f.Packed != nil {
			t.Errorf("%s: %s\n%+v", f.Verdict, f.Reason, f)
		}
		if (build.CC != "") != (len(f.Link.Needed) > 0) {
			t.Errorf("needs %v", f.Link.Needed)
		}
	}
}

// TestPurego: what calls C without cgo is told from what has it inside.
func TestPurego(t *testing.T) {
	if !full() {
		t.Skip("it needs a module: set MODSHIP_TEST_FULL")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":  "module example.com/pure\n\ngo 1.26\n",
		"main.go": "package main\n\nimport \"github.com/ebitengine/purego\"\n\nfunc main() { purego.Dlopen(\"libc.so.6\", purego.RTLD_NOW) }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local", "GOARCH=amd64", "CGO_ENABLED=0"}
	cgoprogram.Run(t, env, "go", "-C", dir, "get", "github.com/ebitengine/purego@v0.11.3")
	for _, flags := range []string{"", "-s -w"} {
		out := filepath.Join(dir, "program")
		cgoprogram.Run(t, env, "go", "-C", dir, "build", "-ldflags="+flags, "-o", out)
		if f := read(t, out); f.Verdict != cgofacts.Dynamic || f.Go.Settings["CGO_ENABLED"] != "0" || f.Libc.Kind != "glibc" {
			t.Errorf("%s: %s\n%+v", f.Verdict, f.Reason, f.Witnesses)
		}
	}
}
