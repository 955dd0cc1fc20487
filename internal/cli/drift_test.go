package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/client"
)

// buildkit is the source of the BuildKit that go.mod names: what its exporters and caches know stands nowhere else.
type buildkit struct {
	t   *testing.T
	dir string
}

func openBuildKit(t *testing.T) buildkit {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.Module.Dir}}", "github.com/moby/buildkit/client").Output()
	if err != nil {
		t.Fatal(err)
	}
	return buildkit{t, strings.TrimSpace(string(dir))}
}

func (b buildkit) parse(file string) *ast.File {
	b.t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(b.dir, filepath.FromSlash(file)), nil, parser.SkipObjectResolution)
	if err != nil {
		b.t.Fatal(err)
	}
	return f
}

// texts gives the constants of a file, and the variables, that are strings.
func (b buildkit) texts(file string) map[string]string {
	b.t.Helper()
	found := map[string]string{}
	ast.Inspect(b.parse(file), func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
			if text, ok := literal(spec.Values[0]); ok {
				found[spec.Names[0].Name] = text
			}
		}
		return true
	})
	if len(found) == 0 {
		b.t.Fatalf("%s has no texts any more", file)
	}
	return found
}

// cases gives the texts that the switches of a file know by the names of constants, which are in the file or among names.
func (b buildkit) cases(file string, names map[string]string) []string {
	b.t.Helper()
	var found []string
	ast.Inspect(b.parse(file), func(n ast.Node) bool {
		clause, ok := n.(*ast.CaseClause)
		if !ok {
			return true
		}
		for _, e := range clause.List {
			if of, ok := e.(*ast.SelectorExpr); ok && strings.HasPrefix(of.Sel.Name, "OptKey") {
				e = of.Sel
			}
			if name, ok := e.(*ast.Ident); ok {
				text, known := names[name.Name]
				if !known && strings.HasPrefix(name.Name, "OptKey") {
					b.t.Errorf("%s: the value of %s was not found", file, name.Name)
				}
				if known {
					found = append(found, text)
				}
			}
		}
		return true
	})
	if len(found) == 0 {
		b.t.Fatalf("%s has no cases any more", file)
	}
	return found
}

// keys gives the keys of the map that a variable of a file is.
func (b buildkit) keys(file, variable string) []string {
	b.t.Helper()
	var found []string
	ast.Inspect(b.parse(file), func(n ast.Node) bool {
		assign, ok := n.(*ast.AssignStmt)
		if !ok || len(assign.Lhs) != 1 || len(assign.Rhs) != 1 {
			return true
		}
		if name, ok := assign.Lhs[0].(*ast.Ident); !ok || name.Name != variable {
			return true
		}
		if all, ok := assign.Rhs[0].(*ast.CompositeLit); ok {
			for _, e := range all.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					if text, ok := literal(kv.Key); ok {
						found = append(found, text)
					}
				}
			}
		}
		return true
	})
	if len(found) == 0 {
		b.t.Fatalf("%s has no %s any more", file, variable)
	}
	return found
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// TestAttributesOfBuildKit: an exporter has the attributes that it is checked for, and no others. What is not for users, it says itself.
func TestAttributesOfBuildKit(t *testing.T) {
	b := openBuildKit(t)
	common := b.texts("exporter/exptypes/keys.go")
	epoch := common["OptKeySourceDateEpoch"]
	image := b.texts("exporter/containerimage/exptypes/keys.go")
	image["OptKeySourceDateEpoch"] = epoch
	layers := slices.Concat([]string{epoch}, slices.Collect(maps.Values(b.texts("util/compression/attrs.go"))), b.cases("exporter/containerimage/opts.go", image))
	files := slices.Concat([]string{epoch, "dest"}, b.cases("exporter/local/fs.go", b.texts("exporter/local/fs.go")))
	archive := slices.Concat(layers, []string{"dest"}, b.cases("exporter/oci/export.go", b.texts("exporter/oci/export.go")))
	want := map[string][]string{
		client.ExporterImage:  slices.Concat(layers, b.cases("exporter/containerimage/export.go", image)),
		client.ExporterOCI:    archive,
		client.ExporterDocker: archive,
		client.ExporterTar:    files,
		client.ExporterLocal:  files,
		"cacheonly":           nil,
	}
	for _, typ := range slices.Sorted(maps.Keys(want)) {
		if diff := cmp.Diff(slices.Sorted(slices.Values(want[typ])), slices.Sorted(slices.Values(attributes[typ]))); diff != "" {
			t.Errorf("%s (-BuildKit +here):\n%s", typ, diff)
		}
	}
	if len(attributes) != len(want) {
		t.Errorf("there are attributes of %q", slices.Sorted(maps.Keys(attributes)))
	}
	// All that there are of an image: no case is missed above.
	for name, key := range image {
		if !slices.Contains(attributes[client.ExporterImage], key) {
			t.Errorf("%s, %q, is no attribute of an image here", name, key)
		}
	}
}

// TestCachesOfBuildKit: the types of caches are those that buildkitd knows.
func TestCachesOfBuildKit(t *testing.T) {
	b := openBuildKit(t)
	const file = "cmd/buildkitd/main.go"
	for variable, here := range map[string][]string{"remoteCacheExporterFuncs": exportTypes, "remoteCacheImporterFuncs": importTypes} {
		want := b.keys(file, variable)
		slices.Sort(want)
		if diff := cmp.Diff(want, slices.Sorted(slices.Values(here))); diff != "" {
			t.Errorf("%s (-BuildKit +here):\n%s", variable, diff)
		}
	}
}
