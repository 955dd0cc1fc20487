package diagtest

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// others are packages whose texts only look like advice: names of build steps and of tables, and what flags do.
var others = map[string]bool{"llb": true, "bench": true, "bench/images": true, "internal/testing/golden": true, "internal/docgen": true}

// TestEveryPackage: a package that gives advice has a test that follows it.
func TestEveryPackage(t *testing.T) {
	const root = "../../.."
	packages := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if name := d.Name(); path != root && (name == "testdata" || name == "bin" || strings.HasPrefix(name, ".")) {
			return filepath.SkipDir
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if found := literals(t, path); len(found) > 0 && !others[rel] {
			packages++
			if !follows(t, path) {
				t.Errorf("%s: no test of the package calls diagtest.Advice, and it says %q", found[0].place, found[0].text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if packages < 10 {
		t.Errorf("%d packages give advice: they are not read as they are written", packages)
	}
}

func follows(t *testing.T, dir string) bool {
	t.Helper()
	tests, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range tests {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("diagtest.Advice(")) {
			return true
		}
	}
	return false
}
