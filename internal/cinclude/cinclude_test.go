package cinclude

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/links"
)

func tree(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// TestFind: what a compiler would read is found whatever it is called and wherever it lies, and nothing else.
func TestFind(t *testing.T) {
	fsys := tree(map[string]string{
		"vec/vec.go":                     "package vec\n\n// #cgo CPPFLAGS: -I${SRCDIR}/../third_party -include ${SRCDIR}/forced.conf\n// #cgo LDFLAGS: -Wl,--version-script=${SRCDIR}/sym.map\n// #include \"vec.h\"\nimport \"C\"\n",
		"vec/vec.h":                      "#include <stdio.h>\n",
		"vec/vec.cpp":                    "#include \"vec.h\"\n#include <Tiny/Vec>\n#include <vector>\nint g[] = {\n  #  include \"gains.tbl\"\n};\nasm(\"b: .incbin \\\"blob.bin\\\"\\n\");\n",
		"third_party/Tiny/Vec":           "#include \"src/Vec.weird\"\n",
		"third_party/Tiny/src/Vec.weird": "#if __has_include(\"extra.conf\")\n#endif\n",
		"third_party/Tiny/extra.conf":    "",
		"vec/gains.tbl":                  "5, 7\n",
		"vec/blob.bin":                   "\x00#include MACRO\n",
		"vec/forced.conf":                "",
		"vec/sym.map":                    "",
		"lib/libx.so.1":                  "\x7fELF",
		"other/Vec":                      "not Tiny's",
		"README":                         "",
		"web/app.js.map":                 "",
		"vendor/x/vec.h":                 "",
		"unused.h":                       "#include MACRO\n",
	})
	got, err := Find(t.Context(), links.New(fsys), []string{"vec/vec.go", "vec/vec.cpp", "vec/vec.h", "gone.c"})
	if err != nil {
		t.Fatal(err)
	}
	want := Found{
		Files: []string{"lib/libx.so.1", "third_party/Tiny/Vec", "third_party/Tiny/extra.conf", "third_party/Tiny/src/Vec.weird",
			"vec/blob.bin", "vec/forced.conf", "vec/gains.tbl", "vec/sym.map", "vec/vec.h"},
		Asked:   []string{"Tiny/Vec", "blob.bin", "extra.conf", "forced.conf", "gains.tbl", "src/Vec.weird", "sym.map", "vector"},
		Missing: []string{"third_party/src", "vec/Tiny", "vec/src"}, // may be links
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestForms: each form in which a file may name another, and those in which only a preprocessor knows the name.
func TestForms(t *testing.T) {
	for text, want := range map[string]struct {
		name string
		line int
	}{
		"#include \"a.h\"":                           {"a.h", 0},
		"#include<a.h>":                              {"a.h", 0},
		"%:include \"a.h\"":                          {"a.h", 0},
		"/* x */ #include \"a.h\"":                   {"a.h", 0},
		"# /* x */ include /* y */ \"a.h\" // z":     {"a.h", 0},
		"#include_next <a.h>":                        {"a.h", 0},
		"#import \"a.h\"":                            {"a.h", 0},
		"#embed \"a.dat\" limit(4)":                  {"a.dat", 0},
		"#if defined(X) && __has_include ( <a.h> )":  {"a.h", 0},
		"#if __has_embed(\"a.dat\")":                 {"a.dat", 0},
		"import <a.h>;":                              {"a.h", 0},
		"      INCLUDE 'a.f'":                        {"a.f", 0},
		"\t.incbin \"a.dat\", 4":                     {"a.dat", 0},
		"asm(\".include \\\"a.dat\\\"\");":           {"a.dat", 0},
		"#include \"a.h\"\r":                         {"a.h", 0},
		"int x;\n#include FT_FREETYPE_H":             {"", 2},
		"#include PATH(x)":                           {"", 1},
		"#include \\\n\"a.h\"":                       {"a.h", 0},
		"#inc\\\r\nlude \"a.h\"":                     {"a.h", 0},
		"\xef\xbb\xbf#include \"a.h\"":               {"a.h", 0},
		"\f#\vinclude\f\"a.h\"":                      {"a.h", 0},
		"??=include \"a.h\"":                         {"a.h", 0},
		"#include /* over\nlines */ \"a.h\"":         {"a.h", 0},
		"#inc??/\nlude \"a.h\"\n\n#include X":        {"a.h", 4},
		"#if __has_include(X)":                       {"", 1},
		"#define __has_include(x) 0":                 {"", 0},
		"#define HAS(x) __has_include(x)":            {"", 1},
		"\n\nasm(\".incbin \" NAME);":                {"", 3},
		"s.include = 1; s.incbin = 2;":               {"", 1},
		"asm(\".inc\" \"bin \\\"a\"\n\".dat\\\"\");": {"a.dat", 0},
		"asm(\".IncBin\\t\\\"a.dat\\\"\");":          {"a.dat", 0},
		"asm(\".incbin \\\"a/\" NAME \"\\\"\");":     {"", 1},
		"asm(\".incbin \"NAME\"\");":                 {"", 1},
		"asm(\".include \\\"a/\" NAME \"\\\"\");":    {"", 1},
		"asm(\".include \"NAME(a.dat)\"\");":         {"", 1},
		".macro m n\n.incbin \"a/\\n\"\n.endm":       {"", 2},
		"list.include(\"a.js\")":                     {"", 0},
		"#in\x00clude \"a.h\"":                       {"", 0},
		"#\x00include\x00\"a.h\"":                    {"a.h", 0},
		"// includes \"a.h\"":                        {"", 0},
	} {
		said := includes("x.c", []byte(text))
		if got := strings.Join(append(said.text, said.data...), " "); got != want.name || said.line != want.line {
			t.Errorf("%q names %q, unknown at line %d; want %q, %d", text, got, said.line, want.name, want.line)
		}
	}
}

// TestFlags: each form in which a flag of a Go file names a file or a folder.
func TestFlags(t *testing.T) {
	for text, want := range map[string]said{
		"// #cgo CFLAGS: -I${SRCDIR}/inc -I ../up -isystem /work/sys": {dirs: []string{"./inc", "../up", "/work/sys"}},
		"// #cgo linux,!arm CFLAGS: -include ${SRCDIR}/odd":           {text: []string{"./odd"}},
		"#cgo CFLAGS: '-I${SRCDIR}/my inc' -include \"a b\"":          {text: []string{"a b"}, dirs: []string{"./my inc"}},
		"/* #cgo LDFLAGS: -L${SRCDIR}/lib -l:odd -lz":                 {text: []string{"odd"}, libs: []string{"./lib"}},
		"#cgo LDFLAGS: ${SRCDIR}/odd.bin -Wl,--just-symbols=syms":     {text: []string{"./odd.bin", "syms"}},
		"#cgo LDFLAGS: -Wl,--just-symbols -Wl,${SRCDIR}/syms":         {text: []string{"./syms"}},
		"#cgo LDFLAGS: -Wl,--version-script=${SRCDIR}/map @a.rsp":     {text: []string{"./map", "a.rsp"}},
		"\n#cgo CFLAGS: -finput-charset=UTF-16":                       {line: 2},
		"#cgo pkg-config: gtk+-3.0":                                   {},
		"// #cgony: a.b":                                              {},
	} {
		got := includes("x.go", []byte(text))
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(said{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// TestLinks: what is behind links is found with the links, and what may be one is asked for.
func TestLinks(t *testing.T) {
	fsys := tree(map[string]string{
		"c/c.go":       "package c\n\n// #cgo CFLAGS: -I${SRCDIR}/inc -I${SRCDIR}/gone/x\n// #cgo LDFLAGS: -L${SRCDIR}/lib\n// #include \"c.h\"\nimport \"C\"\n",
		"c/c.h":        "#include \"sub/odd\"\n#include \"sub/absent\"\n#include \"sub/absent.h\"\n#include \"far/../side.h\"\n",
		"real/odd":     "#include \"next\"\n",
		"real/next":    "",
		"deep/in/x":    "",
		"deep/side.h":  "",
		"libs/libz.so": "",
		"other":        "",
	})
	for name, target := range map[string]string{"c/inc": "../middle", "middle": "hdr", "hdr/sub": "../real", "c/far": "../deep/in", "c/lib": "../libs", "unused": "/etc", "c/b.h": "/etc/hosts"} {
		fsys[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
	}
	got, err := Find(t.Context(), links.New(fsys), []string{"c/c.go", "c/c.h"})
	want := Found{
		Files:   []string{"c/c.h", "c/far", "c/inc", "c/lib", "deep/side.h", "hdr/sub", "libs/libz.so", "middle", "real/next", "real/odd"},
		Asked:   []string{"next", "sub/absent", "sub/odd"},
		Missing: []string{"c/gone", "c/sub", "hdr/far", "real/absent"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	fsys["c/c.h"] = &fstest.MapFile{Data: []byte("#include \"b.h\"\n")}
	if got, err := Find(t.Context(), links.New(fsys), []string{"c/c.go", "c/c.h"}); err == nil || !strings.HasPrefix(err.Error(), "c/b.h: ") {
		t.Errorf("of a link out of the tree: %+v, %v", got, err)
	}
	fsys["c/c.h"] = &fstest.MapFile{Data: []byte("#include \"etc/b.h\"\n")}
	fsys["c/etc"] = fsys["unused"]
	if got, err := Find(t.Context(), links.New(fsys), []string{"c/c.go", "c/c.h"}); err == nil || !strings.HasPrefix(err.Error(), "c/etc: ") {
		t.Errorf("of a link to a folder out of the tree: %+v, %v", got, err)
	}
}

// TestUnknown: where a macro names a file, every file that is not Go's may be it.
func TestUnknown(t *testing.T) {
	fsys := tree(map[string]string{"p/p.go": "package p", "p/p.c": "\n#include NAME\n", "any": "", "q/q.go": ""})
	got, err := Find(t.Context(), links.New(fsys), []string{"p/p.go", "p/p.c"})
	if err != nil || got.Unknown != "p/p.c:2" || !slices.Equal(got.Files, []string{"any", "p/p.c"}) {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestUnknownGo: Go files are among them where a macro may name one.
func TestUnknownGo(t *testing.T) {
	for text, want := range map[string]bool{
		"#define NAME \"q.go\"":                          true,
		"# define STEM(x) <x.go>":                        true,
		"%:define NAME \\\n <../q/q.go>":                 true,
		"#/* */define/* over\nlines */NAME \"q.go\"":     true,
		"#define NAME END(g, o)\n#define END(a, b) a##b": true,
		"// go, Google and #defined \"q.go\"":            false,
		"#define NAME \"q.h\" /* #define GO */\n go":     false,
		"#define AGO ago.h\n#define C go_c":              false,
	} {
		fsys := tree(map[string]string{"p/p.go": "package p", "p/p.c": "#include NAME\n", "p/p.h": text, "q/q.go": "package q"})
		got, err := Find(t.Context(), links.New(fsys), []string{"p/p.go", "p/p.c"})
		if err != nil || slices.Contains(got.Files, "q/q.go") != want {
			t.Errorf("%q: %v, %v", text, got.Files, err)
		}
	}
	fsys := tree(map[string]string{"p/p.go": "package p\n\n// #cgo CFLAGS: -DNAME=<q/q.go>\n// #include NAME\nimport \"C\"", "q/q.go": "package q"})
	if got, err := Find(t.Context(), links.New(fsys), []string{"p/p.go"}); err != nil || !slices.Contains(got.Files, "q/q.go") {
		t.Errorf("by a flag: %v, %v", got.Files, err)
	}
}

// endless is a file that says it is empty, as those of the kernel do, and never ends.
type endless struct{ fs.File }

func (endless) Read(b []byte) (int, error) { return len(b), nil }

type endlessFS struct{ fstest.MapFS }

func (e endlessFS) Open(name string) (fs.File, error) {
	f, err := e.MapFS.Open(name)
	if path.Base(name) == "endless.h" {
		f = endless{f}
	}
	return f, err
}

// TestBounds: a file has the size that is read of it, and the same name is looked for once.
func TestBounds(t *testing.T) {
	fsys := endlessFS{tree(map[string]string{"p/p.c": "#include \"endless.h\"\n", "p/endless.h": ""})}
	got, err := Find(t.Context(), links.New(fsys), []string{"p/p.c"})
	if err != nil || got.Unknown != "p/endless.h" {
		t.Errorf("of a file without end: %+v, %v", got, err)
	}

	files := map[string]string{"p/p.c": strings.Repeat("#include \"x.h\"\n", 100_000)}
	for i := range 10_000 {
		files[fmt.Sprintf("h/%d/x.h", i)] = ""
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // to look a hundred thousand times takes longer
	defer cancel()
	if got, err := Find(ctx, links.New(tree(files)), []string{"p/p.c"}); err != nil || len(got.Files) != 10_000 {
		t.Errorf("%d files, %v", len(got.Files), err)
	}
}

// TestDeadline: the end of the time is the end of the search.
func TestDeadline(t *testing.T) {
	late := errors.New("too late")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(late)
	if got, err := Find(ctx, links.New(tree(map[string]string{"p/p.c": ""})), []string{"p/p.c"}); !errors.Is(err, late) {
		t.Errorf("%+v, %v", got, err)
	}
}

// FuzzIncludes: no text makes trouble, and no name leaves the tree.
func FuzzIncludes(f *testing.F) {
	for _, text := range []string{"#include \"../../a\"", "#include </etc/passwd>", ".incbin \"\"", "#cgo LDFLAGS: ${SRCDIR}/a.b", "#include \"..\"", "#include \"a\\b\""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, source := range []string{"x.c", "x.go"} {
			said := includes(source, []byte(text))
			for _, name := range slices.Concat(said.text, said.data, said.dirs) {
				if end, ok := ending(name); ok && (strings.HasPrefix(end, "/") || end == ".." || strings.HasPrefix(end, "../")) {
					t.Errorf("%q ends in %q", name, end)
				}
			}
		}
	})
}

// FuzzFind: whatever a header says, what is found is in the tree, and by paths without links.
func FuzzFind(f *testing.F) {
	for _, text := range []string{"#include \"../d/x\"", "#include \"l/../x\"", "#include </work/d/x>", "#include \"out/x\"", "#include \"loop/x\"", ".incbin \"l/x\"", "#include X"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fsys := tree(map[string]string{"c/c.go": "// #cgo CFLAGS: -Il\n// " + text + "\n", "c/c.h": text, "d/x": "", "d/e/y": ""})
		for name, target := range map[string]string{"c/l": "../d/e", "c/out": "../..", "c/loop": "loop"} {
			fsys[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
		}
		got, err := Find(t.Context(), links.New(fsys), []string{"c/c.go", "c/c.h"})
		if mistake, ok := errors.AsType[*diag.Error](err); err != nil && (!ok || mistake.Range.File != "c/out" && mistake.Range.File != "c/loop") {
			t.Error(err)
		}
		for _, name := range got.Files {
			if fsys[name] == nil {
				t.Errorf("found %q", name)
			}
		}
		for _, name := range got.Missing {
			if !fs.ValidPath(name) {
				t.Errorf("asks for %q", name)
			}
		}
	})
}
