package docgen

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"

	"github.com/modship-build/modship/internal/testing/builderrows"
)

// pins are the modules that programs are from, behind the folder of the module of tools that has their version.
var pins = map[string]string{
	"dockerd":          "docker github.com/moby/moby/v2",
	"containerd":       "docker github.com/containerd/containerd/v2",
	"runc":             "docker github.com/opencontainers/runc",
	"rootlesskit":      "docker github.com/rootless-containers/rootlesskit/v3",
	"buildx":           ". github.com/docker/buildx",
	"buildkitd":        ". github.com/moby/buildkit",
	"oldest buildkitd": "buildkit-oldest github.com/moby/buildkit",
	"compose":          "compose github.com/docker/compose/v5",
}

// pinned is the version of a program that tests run.
func pinned(t *testing.T, program string) string {
	t.Helper()
	folder, module, _ := strings.Cut(pins[program], " ")
	name := filepath.Join(root, "tools", folder, "go.mod")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	file, err := modfile.ParseLax(name, data, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range file.Require {
		if r.Mod.Path == module {
			return r.Mod.Version
		}
	}
	t.Fatalf("%s has no version of %s, which %s is from", name, module, program)
	return ""
}

// builderTable has a row for each kind of builder that is tried. What passed with another version of a program has not passed.
func builderTable(t *testing.T) string {
	t.Helper()
	versions := map[string]string{}
	for program := range pins {
		versions[program] = pinned(t, program)
	}
	var cells [][]string
	for _, row := range builderrows.Read(t, root) {
		cells = append(cells, builderCells(row, versions))
	}
	return table([]string{"Builder", "With", "Passed", "Not run yet"}, cells)
}

func builderCells(r builderrows.Row, pinned map[string]string) []string {
	var with []string
	now := map[string]string{}
	for _, program := range r.Programs {
		now[program] = pinned[program]
		with = append(with, strings.TrimPrefix(program, "oldest ")+" "+pinned[program])
	}
	passed := r.Passed
	if !maps.Equal(now, r.Versions) {
		passed = nil
	}
	left := slices.DeleteFunc(slices.Clone(r.Parts), func(part string) bool { return slices.Contains(passed, part) })
	return []string{r.Is, strings.Join(with, ", "), list(passed), list(left)}
}

// list writes what has commas in it.
func list(parts []string) string {
	if len(parts) == 0 {
		return "–"
	}
	return strings.Join(parts, "; ")
}

func TestBuilderCells(t *testing.T) {
	row := builderrows.Row{Is: "a builder", Programs: []string{"buildx", "oldest buildkitd"}, Parts: []string{"a", "b, c", "d"},
		Versions: map[string]string{"buildx": "v1", "oldest buildkitd": "v2"}, Passed: []string{"a", "b, c"}}
	for _, c := range []struct {
		buildx string
		want   []string
	}{
		{"v1", []string{"a builder", "buildx v1, buildkitd v2", "a; b, c", "d"}},
		{"v3", []string{"a builder", "buildx v3, buildkitd v2", "–", "a; b, c; d"}},
	} {
		if got := builderCells(row, map[string]string{"buildx": c.buildx, "oldest buildkitd": "v2"}); !slices.Equal(got, c.want) {
			t.Errorf("with buildx %s: %q, want %q", c.buildx, got, c.want)
		}
	}
}

// TestPartsAreDescribed: the page says how each part is tried.
func TestPartsAreDescribed(t *testing.T) {
	text := find(t, "docs/builders.md").text
	for _, row := range builderrows.Read(t, root) {
		for _, part := range row.Parts {
			if !strings.Contains(text, "\n| "+part+" |") {
				t.Errorf("%s: %q is not described", row.Name, part)
			}
		}
	}
}
