//go:build linux

package integration

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdxlib"
)

// TestFileTargets builds the targets that every configuration has: files instead of an image, all platforms in one folder.
func TestFileTargets(t *testing.T) {
	t.Parallel()
	setUp(t)
	eachMode(t, func(t *testing.T, m mode) {
		dir := example(t, "hello")
		files := func(target string) map[string][]byte {
			dest := t.TempDir()
			m.build(t, build{dir: dir, platforms: "linux/amd64,linux/arm64,linux/arm/v7", noImage: true,
				flags: []string{"--target", target, "--output", "type=local,dest=" + dest}})
			return readFolder(t, dest)
		}
		t.Run("binaries", func(t *testing.T) { checkBinaries(t, files("binaries")) })
		t.Run("sbom", func(t *testing.T) { checkDocuments(t, files("sbom")) })
	})
}

func checkBinaries(t *testing.T, files map[string][]byte) {
	sums := ""
	for _, name := range []string{"hello-linux-amd64", "hello-linux-arm64", "hello-linux-arm-v7"} {
		if !strings.HasPrefix(string(files[name]), "\x7fELF") {
			t.Errorf("%s is no program", name)
		}
		sums += fmt.Sprintf("%x  %s\n", sha256.Sum256(files[name]), name)
	}
	if diff := cmp.Diff(sums, string(files["SHA256SUMS"])); diff != "" {
		t.Errorf("SHA256SUMS (-want +got):\n%s", diff)
	}
	if len(files) != 4 {
		t.Errorf("%d files: %v", len(files), slices.Sorted(maps.Keys(files)))
	}
}

func checkDocuments(t *testing.T, files map[string][]byte) {
	want := []string{"hello-linux-amd64.spdx.json", "hello-linux-arm-v7.spdx.json", "hello-linux-arm64.spdx.json"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(files))); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for name, text := range files {
		doc, err := spdxjson.Read(strings.NewReader(string(text)))
		if err == nil {
			err = spdxlib.ValidateDocument(doc)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// readFolder gives the files of a folder that has no others below it.
func readFolder(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return files
}
