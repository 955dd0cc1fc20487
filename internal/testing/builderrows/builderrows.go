// Package builderrows has the kinds of builders that integration.TestBuilders tries, and what was seen of each. The tests write the file, and
// docs/builders.md is made from it.
package builderrows

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/modship-build/modship/internal/testing/golden"
)

// File has the rows, from the root of the module.
const File = "integration/testdata/builders.json"

// Row is a kind of builder. Versions are those of its programs when the parts passed.
type Row struct {
	Name     string            `json:"name"`
	Is       string            `json:"is"`
	Programs []string          `json:"programs"`
	Parts    []string          `json:"parts"`
	Versions map[string]string `json:"versions"`
	Passed   []string          `json:"passed"`
}

// Read gives the rows; root is the root of the module.
func Read(t testing.TB, root string) (rows []Row) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, File))
	if err != nil {
		t.Fatal(err)
	}
	golden.Decode(t, data, &rows)
	return rows
}
