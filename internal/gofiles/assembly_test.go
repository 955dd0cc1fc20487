package gofiles

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestIncludes(t *testing.T) {
	text := "// #include \"comment.h\"\n#include \"textflag.h\"\n#include \"go_asm.h\"\n\t# include\t\"b.inc\" // why\n" +
		"#include \"../x/./a.h\"\n#include <stdio.h>\n#include \"b.inc\"\n#include \"/etc/passwd\"\n" +
		"/* one */ # /**/ include /* two\n */ \"c.inc\"\n/* over\nlines */#include \"d.inc\"\n#define A \"#include\"\n"
	if diff := cmp.Diff([]string{"../x/a.h", "b.inc", "c.inc", "d.inc", "go_asm.h", "textflag.h"}, Includes([]byte(text))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestClosure: a path is relative to the package wherever it is written, cycles end, what is not there is left out, and nothing leaves the tree.
func TestClosure(t *testing.T) {
	tree := fstest.MapFS{
		"p/a_amd64.s": {Data: []byte("#include \"../inc/one.h\"\n#include \"gone.inc\"\n#include \"../../etc/x\"\n")},
		"p/b.go":      {Data: []byte("#include \"go.inc\"\n")},
		"inc/one.h":   {Data: []byte("#include \"two.inc\"\n")},
		"inc/two.inc": {Data: []byte("#include \"wrong.inc\"\n")},
		"p/two.inc":   {Data: []byte("#include \"../inc/one.h\"\n")},
	}
	read := func(name string) ([]byte, error) { return fs.ReadFile(tree, name) }
	got := IncludeClosure("p", []string{"a_amd64.s", "b.go"}, read)
	if diff := cmp.Diff([]string{"inc/one.h", "p/two.inc"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzClosure: paths are clean, sorted, below the root, and each once, whatever the text is.
func FuzzClosure(f *testing.F) {
	f.Add("#include \"a.h\"\n#include \"../../../b\"\n")
	f.Add("#include \"./..\"\n#include \"a/../a\"\n#include \"a\"")
	f.Fuzz(func(t *testing.T, text string) {
		got := IncludeClosure("a/b", []string{"x.s"}, func(string) ([]byte, error) { return []byte(text), nil })
		for i, p := range got {
			if !fs.ValidPath(p) && p != "." {
				// ValidPath also asks for UTF-8, which a file's name need not be.
				if fs.ValidPath(string([]rune(p))) {
					continue
				}
				t.Errorf("%q is no path below the root", p)
			}
			if i > 0 && got[i-1] >= p {
				t.Errorf("%q before %q", got[i-1], p)
			}
		}
	})
}
