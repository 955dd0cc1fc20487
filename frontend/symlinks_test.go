package frontend

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/testing/testbed"
)

// TestMissingPatterns asks BuildKit's library what a client would send of a folder.
func TestMissingPatterns(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		"shared/about.go", "shared/.env", "shared/sub/deep.go", "shared/sub/data.bin",
		"web/secret.txt", "web/gen/gen.go", "web/gen/page.html", "web/other/other.go", "odd[1]!/a.go", "docs/tree/readme.txt",
	} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{"pkg": "shared", "web/lib": "../shared"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name    string
		missing []string
		sent    []string // without the folders that they are in
	}{
		{"nothing there", []string{"generated/x.go"}, nil},
		{"file", []string{"shared/about.go"}, []string{"shared/about.go"}},
		{"link", []string{"pkg"}, []string{"pkg"}},
		{"link on the way", []string{"pkg/sub", "web/lib/sub"}, []string{"pkg", "web/lib"}},
		{"folder", []string{"shared"}, []string{"shared/about.go", "shared/sub/deep.go"}},
		{"folder of a folder", []string{"web/gen"}, []string{"web/gen/gen.go"}},
		{"one below the other", []string{"web", "web/gen", "web/lib/x"}, []string{"web/gen/gen.go", "web/lib", "web/other/other.go"}},
		{"signs of patterns", []string{"odd[1]!"}, []string{"odd[1]!/a.go"}},
		{"folder without such files", []string{"docs/tree"}, []string{"docs/tree/"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.sent, testbed.Sent(t, dir, missingPatterns(test.missing, []string{"**/*.go", "go.work"}))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
