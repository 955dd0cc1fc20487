package defaults

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"
)

// TestOnlyHere: no other file of the module writes a default down.
func TestOnlyHere(t *testing.T) {
	root, found := os.DirFS("../.."), 0
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || name == "examples" || name == "internal/testing" || strings.HasPrefix(d.Name(), ".") && name != "."):
			return fs.SkipDir
		case path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		src, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, src, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for n := range ast.Preorder(file) {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && isDefault(lit.Value) {
				if found++; name != "internal/defaults/defaults.go" {
					t.Errorf("%s has a default: %s", files.Position(lit.Pos()), lit.Value)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := 4; found != want {
		t.Errorf("%d literals are defaults, want %d", found, want)
	}
}

// isDefault tells whether a literal is a default by itself, whatever is around it.
func isDefault(literal string) bool {
	text, err := strconv.Unquote(literal)
	return err == nil && (text == User || text == SumDB || strings.Contains(text, CgoBase) || strings.Contains(text, Path))
}
