//go:build linux

package integration

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/testing/builderrows"
	"github.com/modship-build/modship/internal/testing/golden"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// buildersFile is what docs/builders.md is made from. A row that passes is written down by
// `MODSHIP_TEST_FULL=1 go test -run 'TestBuilders/ROW' ./integration -update`, and by nothing else.
const buildersFile = "../" + builderrows.File

// TestBuilderRows: each row is one that a test tries.
func TestBuilderRows(t *testing.T) {
	var listed []string
	for _, row := range builderrows.Read(t, "..") {
		listed = append(listed, row.Name)
	}
	slices.Sort(listed)
	tried := append(slices.Collect(maps.Keys((*matrix)(nil).rows())), classicRow)
	slices.Sort(tried)
	if diff := cmp.Diff(tried, listed); diff != "" {
		t.Errorf("rows (-tried +listed):\n%s", diff)
	}
}

// part tries one thing with a row, and remembers that it has passed.
func (m *matrix) part(t *testing.T, row, name string, body func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		m.ran[row]++
		body(t)
		if !t.Failed() {
			m.passed[row] = append(m.passed[row], name)
		}
	})
}

// note holds what has passed of a row against what was written down. Where parts were left out nothing is known.
func (m *matrix) note(t *testing.T, name string) {
	t.Helper()
	rows := builderrows.Read(t, "..")
	i := slices.IndexFunc(rows, func(r builderrows.Row) bool { return r.Name == name })
	if i < 0 {
		t.Fatalf("%s has no row %s", buildersFile, name)
	}
	row := &rows[i]
	if m.ran[name] != len(row.Parts) {
		t.Logf("%d of the %d parts %q were tried", m.ran[name], len(row.Parts), row.Parts)
		return
	}
	row.Passed, row.Versions = slices.DeleteFunc(slices.Clone(row.Parts), func(part string) bool { return !slices.Contains(m.passed[name], part) }), map[string]string{}
	if len(row.Passed) != len(m.passed[name]) {
		t.Errorf("passed are %q, listed %q", m.passed[name], row.Parts)
	}
	for _, program := range row.Programs {
		version, err := testbed.Version(m.program(t, program))
		if err != nil {
			t.Fatal(err)
		}
		row.Versions[program] = version
	}
	golden.File(t, buildersFile, golden.JSON(t, rows))
}

// program is the file of a program that a row names.
func (m *matrix) program(t *testing.T, name string) string {
	t.Helper()
	switch name {
	case "buildx", "buildkitd":
		return filepath.Join(lab.tools, name)
	case "oldest buildkitd":
		return filepath.Join(buildTools(t, oldestTools), "buildkitd")
	case "compose":
		return filepath.Join(buildTools(t, composeTools), "cmd")
	}
	return filepath.Join(m.desk.tools, name)
}

// buildTools gives the folder of the programs of a module of tools.
func buildTools(t *testing.T, tools testbed.Module) string {
	t.Helper()
	dir, err := tools.Build(t.Context(), "..", lab.cache, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
