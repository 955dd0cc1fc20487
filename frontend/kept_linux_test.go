package frontend

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/testing/gatewaytest"
)

// TestCacheImports: BuildKit looks into an imported cache for what names it, and for nothing else.
func TestCacheImports(t *testing.T) {
	c := newWordsClient(t)
	c.Options["cache-imports"] = `[{"Type": "registry", "Attrs": {"ref": "cache.example/c"}}]`
	mustBuild(t, c)
	for i, solve := range c.Solves() {
		runs := false
		for _, meta := range solve.Definition.Metadata {
			runs = runs || !strings.HasPrefix(meta.Description["llb.customname"], "[internal] ") && meta.Description["llb.customname"] != ""
		}
		if runs && (len(solve.CacheImports) != 1 || solve.CacheImports[0].Attrs["ref"] != "cache.example/c") {
			t.Errorf("solve %d takes from %v", i, solve.CacheImports)
		}
	}
}

// TestKeptByOthers: compiled packages that another version of Modship kept, in a form that is not known here, and such that are cut off,
// are not taken. The program is the same.
func TestKeptByOthers(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short: it compiles again what was cut off")
	}
	build := func(kept string) []byte {
		c := newClient(t, hello)
		if kept != "" {
			c.Kept = kept
		}
		program, err := mustBuild(t, c).Ref.ReadFile(t.Context(), gateway.ReadRequest{Filename: "usr/local/bin/hello"})
		if err != nil {
			t.Fatal(err)
		}
		return program
	}
	want := build("")
	kept := filepath.Join(t.TempDir(), "kept")
	if err := os.CopyFS(kept, os.DirFS(gatewaytest.New(t).Kept)); err != nil {
		t.Fatal(err)
	}
	spoil(t, kept)
	if got := build(kept); !bytes.Equal(got, want) {
		t.Error("it is another program")
	}
}

// spoil adds files that nobody knows, and cuts off some of those that are there.
func spoil(t *testing.T, kept string) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(kept, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if n++; n%10 > 0 {
			return nil
		}
		if err := os.WriteFile(name+".v9", []byte("v9\n"), 0o644); err != nil {
			return err
		}
		return os.Truncate(name, 3)
	})
	if err != nil || n < 100 {
		t.Fatalf("%d files are kept: %v", n, err)
	}
}
