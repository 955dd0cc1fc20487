package subject

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// mark is code that edits change. The function is not inlined, so the string is a part of every program that has the package.
const mark = `
func init() { benchMark("edit 0") }

//go:noinline
func benchMark(text string) {
	if text == "" {
		panic("no mark")
	}
}
`

var marked = regexp.MustCompile(`benchMark\("edit \d+"\)`)

func (t *Tree) addMark(name string) error {
	return t.change(name, func(old []byte) ([]byte, error) { return append(old, mark...), nil })
}

// change rewrites a file.
func (t *Tree) change(name string, f func(old []byte) ([]byte, error)) error {
	file := filepath.Join(t.Dir, name)
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	changed, err := f(old)
	if err != nil {
		return fmt.Errorf("editing %s: %w", name, err)
	}
	return os.WriteFile(file, changed, 0o644)
}

// EditReadme adds a line to README.md.
func (t *Tree) EditReadme() error {
	t.edits++
	f, err := os.OpenFile(filepath.Join(t.Dir, "README.md"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintf(f, "\nEdit %d.\n", t.edits)
	return err
}

// EditMain changes a string constant of the main package.
func (t *Tree) EditMain() error { return t.editMark(t.of.MainFile) }

// EditLeaf changes a string constant of a package that others import.
func (t *Tree) EditLeaf() error { return t.editMark(t.of.LeafFile) }

func (t *Tree) editMark(name string) error {
	t.edits++
	return t.change(name, func(old []byte) ([]byte, error) {
		if !marked.Match(old) {
			return nil, fmt.Errorf("there is no %s", marked)
		}
		return marked.ReplaceAll(old, fmt.Appendf(nil, `benchMark("edit %d")`, t.edits)), nil
	})
}

// AddImport makes the main package import a standard package that the program did not have before. A tree can take it once.
func (t *Tree) AddImport() error {
	t.edits++
	name := filepath.Join(filepath.Dir(t.of.MainFile), "zz_bench_import.go")
	return t.Write(name, fmt.Sprintf("package main\n\nimport %q\n\nfunc init() { benchMark(%s) }\n", t.of.Import.Path, t.of.Import.Use))
}

// Bump puts go.mod and go.sum with the upgraded dependency into the tree. A tree can take it once.
func (t *Tree) Bump() error {
	t.edits++
	for name, content := range map[string][]byte{"go.mod": t.of.BumpedMod, "go.sum": t.of.BumpedSum} {
		err := t.change(name, func(old []byte) ([]byte, error) {
			if len(content) == 0 || bytes.Equal(old, content) {
				return nil, fmt.Errorf("the upgrade changes nothing")
			}
			return content, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Import is a standard package, and an expression of type string that needs it.
type Import struct{ Path, Use string }

// Imports are standard packages that few programs have. They and their uses exist since Go 1.13.
func Imports() []Import {
	return []Import{
		{"index/suffixarray", `string(suffixarray.New([]byte("bench")).Bytes())`},
		{"text/scanner", `scanner.TokenString(scanner.Ident)`},
		{"container/ring", `"ring"[:ring.New(1).Len()]`},
		{"encoding/ascii85", `"ascii85"[:ascii85.MaxEncodedLen(1)]`},
		{"image/gif", `"gif"[:gif.DisposalNone]`},
	}
}

// ChooseImport returns the first of Imports that is not among the packages that a program has.
func ChooseImport(has func(path string) bool) (Import, error) {
	for _, i := range Imports() {
		if !has(i.Path) {
			return i, nil
		}
	}
	return Import{}, fmt.Errorf("the program has every standard package that could be added")
}
