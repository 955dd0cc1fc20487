package subject

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// prepared is a module of a main package and a leaf.
func prepared(t *testing.T) *Prepared {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"go.mod":           "module example.com/app\n\ngo 1.21\n",
		"go.sum":           "",
		"README.md":        "# App\n",
		"cmd/app/main.go":  "package main\n\nimport \"example.com/app/leaf\"\n\nfunc main() { println(leaf.Name) }\n",
		"leaf/leaf.go":     "package leaf\n\nconst Name = \"leaf\"\n",
		"leaf/leaf_doc.go": "package leaf\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o444); err != nil {
			t.Fatal(err)
		}
	}
	return &Prepared{
		Subject:   Subject{Main: "./cmd/app", MainFile: "cmd/app/main.go", LeafFile: "leaf/leaf.go"},
		Source:    dir,
		BumpedMod: []byte("module example.com/app\n\ngo 1.22\n"),
		BumpedSum: []byte("\n"),
	}
}

// compile builds the tree's main package, and gives the program.
func compile(t *testing.T, tree *Tree) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "program")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, "./cmd/app")
	cmd.Dir = tree.Dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false", "GOWORK=off", "GOTOOLCHAIN=local", "PWD="+tree.Dir)
	if log, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the module does not compile any more: %v\n%s", err, log)
	}
	program, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// snapshot has the content of every file.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestEdits: each edit changes its own files only, the module compiles afterwards, and the program is another one where the
// edit is of the program.
func TestEdits(t *testing.T) {
	p := prepared(t)
	p.Import = Imports()[0]
	tree, err := p.Copy(filepath.Join(t.TempDir(), "tree"))
	if err != nil {
		t.Fatal(err)
	}
	before, program := snapshot(t, tree.Dir), compile(t, tree)
	for _, c := range []struct {
		name        string
		edit        func() error
		files       []string
		sameProgram bool
	}{
		{"readme", tree.EditReadme, []string{"README.md"}, true},
		{"readme again", tree.EditReadme, []string{"README.md"}, true},
		{"main", tree.EditMain, []string{"cmd/app/main.go"}, false},
		{"main again", tree.EditMain, []string{"cmd/app/main.go"}, false},
		{"leaf", tree.EditLeaf, []string{"leaf/leaf.go"}, false},
		{"import", tree.AddImport, []string{"cmd/app/zz_bench_import.go"}, false},
		{"bump", tree.Bump, []string{"go.mod", "go.sum"}, false},
	} {
		if err := c.edit(); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		after := snapshot(t, tree.Dir)
		var changed []string
		for _, name := range slices.Sorted(maps.Keys(after)) {
			if old, ok := before[name]; !ok || old != after[name] {
				changed = append(changed, name)
			}
		}
		if diff := cmp.Diff(c.files, changed); diff != "" {
			t.Errorf("%s changed other files (-want +got):\n%s", c.name, diff)
		}
		next := compile(t, tree)
		if same := bytes.Equal(program, next); same != c.sameProgram {
			t.Errorf("%s: the program is the same: %t, want %t", c.name, same, c.sameProgram)
		}
		before, program = after, next
	}
	if err := tree.Bump(); err == nil {
		t.Error("a second bump that changes nothing succeeded")
	}
}

// TestEditsAreDeterministic: the same edits make the same files, and a fresh copy has none of them.
func TestEditsAreDeterministic(t *testing.T) {
	p := prepared(t)
	p.Import = Imports()[1]
	edited := func() map[string]string {
		tree, err := p.Copy(filepath.Join(t.TempDir(), "tree"))
		if err != nil {
			t.Fatal(err)
		}
		for _, edit := range []func() error{tree.EditMain, tree.EditLeaf, tree.EditReadme, tree.AddImport, tree.EditMain} {
			if err := edit(); err != nil {
				t.Fatal(err)
			}
		}
		return snapshot(t, tree.Dir)
	}
	one := edited()
	if diff := cmp.Diff(one, edited()); diff != "" {
		t.Errorf("(-first +second):\n%s", diff)
	}
	if !strings.Contains(one["cmd/app/main.go"], `"edit 5"`) {
		t.Errorf("the fifth edit is not in %q", one["cmd/app/main.go"])
	}
	dir := filepath.Join(t.TempDir(), "tree")
	for range 2 {
		tree, err := p.Copy(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := tree.AddImport(); err != nil {
			t.Fatal(err)
		}
		if got := snapshot(t, dir)["cmd/app/main.go"]; !strings.Contains(got, `"edit 0"`) {
			t.Errorf("a fresh copy is edited already:\n%s", got)
		}
	}
}

// TestImportsCompile: every import that may be added is used rightly.
func TestImportsCompile(t *testing.T) {
	p := prepared(t)
	for _, i := range Imports() {
		p.Import = i
		tree, err := p.Copy(filepath.Join(t.TempDir(), "tree"))
		if err != nil {
			t.Fatal(err)
		}
		if err := tree.AddImport(); err != nil {
			t.Fatal(err)
		}
		compile(t, tree)
	}
}

func TestChooseImport(t *testing.T) {
	all := Imports()
	got, err := ChooseImport(func(path string) bool { return path == all[0].Path })
	if err != nil || got != all[1] {
		t.Errorf("got %v, %v, want %v", got, err, all[1])
	}
	if _, err := ChooseImport(func(string) bool { return true }); err == nil {
		t.Error("an import was found in a program that has all")
	}
}

func TestFind(t *testing.T) {
	got, err := Find([]string{"ko", "hey"})
	if err != nil || len(got) != 2 || got[0].Name != "ko" || got[1].Name != "hey" {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := Find([]string{"kp"}); err == nil || !strings.Contains(err.Error(), "hey, crane, ko, telegraf") {
		t.Errorf("got %v", err)
	}
}

// TestMarkIsGo: the mark is a file's end that parses.
func TestMarkIsGo(t *testing.T) {
	if _, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\n"+mark, 0); err != nil {
		t.Error(err)
	}
	if n := len(marked.FindAllString(mark, -1)); n != 1 {
		t.Errorf("the mark has %d places to edit", n)
	}
}
