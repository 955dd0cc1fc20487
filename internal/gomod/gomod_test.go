package gomod_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/links"
	"github.com/modship-build/modship/internal/testing/diagtest"
	"github.com/modship-build/modship/internal/testing/golden"
)

func files(pairs ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		fsys[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return fsys
}

// TestLineEnds has the columns counted in bytes and carriage returns outside of them.
func TestLineEnds(t *testing.T) {
	text := "module example.com/app\r\n\r\ngo 1.22 // é\r\ntoolchain go1.26.8\r\nrequire example.com/a v1.0.0\r\n"
	facts, err := gomod.Load(files("go.mod", text))
	if err != nil {
		t.Fatal(err)
	}
	for want, r := range map[string]diag.Range{
		"go 1.22":            facts.GoLine(),
		"toolchain go1.26.8": facts.ToolchainLine(),
	} {
		if got := diagtest.Cut(t, text, r); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if facts.Language != "1.22" || facts.Toolchain != "go1.26.8" {
		t.Errorf("got %q and %q", facts.Language, facts.Toolchain)
	}
}

// TestByteOrderMark is refused by the go command too ("unexpected input character"), in every version so far.
func TestByteOrderMark(t *testing.T) {
	text := "\ufeffmodule example.com/app\n"
	_, err := gomod.Load(files("go.mod", text))
	all := diag.All(err)
	if len(all) != 1 || diagtest.Cut(t, text, all[0].Range) != "\ufeff" || all[0].Help == "" {
		t.Errorf("got %v", err)
	}
}

func TestManyRequirements(t *testing.T) {
	var text strings.Builder
	text.WriteString("module example.com/app\n\ngo 1.26.0\n\nrequire (\n")
	for i := range 2000 {
		fmt.Fprintf(&text, "\texample.com/m%04d v1.%d.0\n", i, i)
	}
	text.WriteString(")\n\nreplace (\n")
	fsys := files()
	for i := range 2000 {
		fmt.Fprintf(&text, "\texample.com/m%04d => ./m/%d\n", i, i)
		fsys[fmt.Sprintf("m/%d/go.mod", i)] = &fstest.MapFile{}
	}
	text.WriteString(")\n")
	fsys["go.mod"] = &fstest.MapFile{Data: []byte(text.String())}
	facts, err := gomod.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if len(facts.Modules) != 2001 || len(facts.InContext()) != 2001 {
		t.Errorf("%d modules, %d in the context", len(facts.Modules), len(facts.InContext()))
	}
}

func TestManyMistakes(t *testing.T) {
	_, err := gomod.Load(files("go.mod", "module m\n"+strings.Repeat("nonsense\n", 5000)))
	all := diag.All(err)
	if len(all) != 101 || !strings.Contains(all[100].Msg, "4900 more") {
		t.Errorf("%d mistakes, the last is %v", len(all), all[len(all)-1])
	}
}

func TestLargeFile(t *testing.T) {
	for _, name := range []string{"go.mod", "go.work"} {
		_, err := gomod.Load(files(name, "module m\n"+strings.Repeat("// x\n", 2<<20)))
		if err == nil || !strings.Contains(err.Error(), name+": the file has more than") {
			t.Errorf("%s: got %.200v", name, err)
		}
	}
}

// brokenFS fails to read one file, as a lost connection would.
type brokenFS struct {
	fs.FS
	name string
}

var errBroken = errors.New("connection lost")

func (b brokenFS) Open(name string) (fs.File, error) {
	if name == b.name {
		return nil, errBroken
	}
	return b.FS.Open(name)
}

// TestReadingFails keeps "cannot be read" apart from "is not there".
func TestReadingFails(t *testing.T) {
	fsys := files(
		"go.mod", "module m\ngo 1.22\nrequire example.com/a v1.0.0\nreplace example.com/a => ./a\n",
		"a/go.mod", "module example.com/a\n", "go.sum", "", "vendor/modules.txt", "## workspace\n",
	)
	for _, name := range []string{"go.work", "go.mod", "a/go.mod", "vendor/modules.txt"} {
		if _, err := gomod.Load(brokenFS{fsys, name}); !errors.Is(err, errBroken) || len(diag.All(err)) > 0 {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// FuzzLoad holds Load to this: no panic, every range lies inside its file and holds what it is said to, and loading is
// repeatable.
func FuzzLoad(f *testing.F) {
	for _, a := range golden.ReadAll(f, "testdata/*.txtar") {
		fsys := a.FS()
		f.Add(data(fsys, "go.mod"), data(fsys, "go.work"), data(fsys, "vendor/modules.txt"))
	}
	f.Fuzz(func(t *testing.T, mod, work, vendor []byte) {
		fsys := fstest.MapFS{"lib/go.mod": &fstest.MapFile{Data: []byte("module example.com/lib\n")}}
		for name, content := range map[string][]byte{"go.mod": mod, "go.work": work, "vendor/modules.txt": vendor} {
			if len(content) > 0 {
				fsys[name] = &fstest.MapFile{Data: content}
			}
		}
		facts, err := gomod.Load(fsys)
		if err != nil {
			checkErrors(t, fsys, err)
			return
		}
		checkFacts(t, fsys, facts)
		again, err := gomod.Load(fsys)
		if diff := cmp.Diff(render(t, facts, nil), render(t, again, err)); diff != "" {
			t.Fatalf("loading is not repeatable:\n%s", diff)
		}
	})
}

func data(fsys fstest.MapFS, name string) []byte {
	if f := fsys[name]; f != nil {
		return f.Data
	}
	return nil
}

func checkErrors(t *testing.T, fsys fstest.MapFS, err error) {
	all := diag.All(err)
	if len(all) == 0 {
		t.Fatalf("an error without a place: %v", err)
	}
	for _, e := range all {
		if e.Start.Line != 0 || e.End.Line != 0 {
			diagtest.Cut(t, string(data(fsys, e.File)), e.Range)
		}
	}
}

func checkFacts(t *testing.T, fsys fstest.MapFS, facts *gomod.Facts) {
	if len(facts.Modules) == 0 || facts.Language == "" {
		t.Fatalf("no modules or no language: %+v", facts)
	}
	for r, want := range map[diag.Range]string{facts.GoLine(): facts.Language, facts.ToolchainLine(): facts.Toolchain} {
		if r.Start.Line == 0 {
			continue
		}
		if got := diagtest.Cut(t, string(data(fsys, r.File)), r); !strings.Contains(got, want) {
			t.Fatalf("%q is not in the line %q", want, got)
		}
	}
	for _, r := range facts.Modules {
		if !r.Replaced {
			continue
		}
		if !fs.ValidPath(r.Dir) || fsys[r.Dir+"/go.mod"] == nil && r.Dir != "." {
			t.Fatalf("the replacement directory %q is not in the context", r.Dir)
		}
	}
}

// TestLinkedFolders: a folder of the context that is not there is asked for, because it may be behind a link.
func TestLinkedFolders(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"replace": {"go.mod": {Data: []byte("module m\n\ngo 1.26\n\nrequire x.example/lib v1.0.0\n\nreplace x.example/lib => ./lib\n")}},
		"use":     {"go.work": {Data: []byte("go 1.26\n\nuse (\n\t.\n\t./lib\n)\n")}, "go.mod": {Data: []byte("module m\n\ngo 1.26\n")}},
	} {
		tree := links.New(files)
		if _, err := gomod.Load(tree); err == nil {
			t.Errorf("%s: a folder that is not there is taken", name)
		}
		if got := tree.Missing(); !slices.Equal(got, []string{"lib"}) {
			t.Errorf("%s: %q is asked for", name, got)
		}
		files["lib"] = &fstest.MapFile{Data: []byte("elsewhere/lib"), Mode: fs.ModeSymlink | 0o777}
		files["elsewhere/lib/go.mod"] = &fstest.MapFile{Data: []byte("module x.example/lib\n\ngo 1.26\n")}
		tree = links.New(files)
		if _, err := gomod.Load(tree); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := tree.Followed(); !slices.Equal(got, []string{"elsewhere/lib/go.mod", "lib"}) {
			t.Errorf("%s: the links are %q", name, got)
		}
	}
}

// TestLinkedModuleFiles: what module files lead to is no code, whatever the link is called, and a folder's name says nothing.
func TestLinkedModuleFiles(t *testing.T) {
	link := func(to string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(to), Mode: fs.ModeSymlink | 0o777}
	}
	const mod = "module m\n\ngo 1.26\n"
	for _, tc := range []struct {
		name, wrong string
		files       fstest.MapFS
	}{
		{"sums beside them", "", fstest.MapFS{"go.mod": {Data: []byte(mod)}, "go.sum": link("sums/go.sum"), "sums/go.sum": {}}},
		{"sums of code", "code/main.go", fstest.MapFS{"go.mod": {Data: []byte(mod)}, "go.sum": link("s"), "s": link("code/main.go"), "code/main.go": {}}},
		{"a module file of code", "mod.c", fstest.MapFS{"go.mod": link("mod.c"), "mod.c": {Data: []byte(mod)}}},
		{"a folder like code", "", fstest.MapFS{
			"go.mod":           {Data: []byte(mod + "\nrequire x.example/lib v1.0.0\n\nreplace x.example/lib => ./lib.go\n")},
			"lib.go":           link("folder.go"),
			"folder.go/go.mod": {Data: []byte("module x.example/lib\n")},
		}},
	} {
		tree := links.New(tc.files)
		facts, err := gomod.Load(tree)
		if err == nil {
			err = facts.Follow(tree)
		}
		var places []string
		for _, m := range diag.All(err) {
			places = append(places, m.File)
		}
		if strings.Join(places, " ") != tc.wrong || (err == nil) != (tc.wrong == "") {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}
