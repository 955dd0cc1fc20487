package gofiles

import (
	"go/build"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestListed compares the table with go/build itself, which is asked about every extension that any list has had, and their like.
func TestListed(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("first.go", "package p\n\nimport \"C\"\n")
	var names []string
	for _, ext := range append(slices.Concat(listed, included), ".a", ".o", ".so", ".so.1", ".C", ".H", ".M", ".cp", ".c++", ".h++", ".mm", ".d",
		".asm", ".f95", ".for90", ".FOR", ".F90", ".i", ".swg", ".SYSO", ".txt", ".proto", ".y", ".l", ".cu", ".pc", "", ".gox", ".ss", ".sX", ".SX") {
		name := "file" + ext
		names = append(names, name)
		write(name, "package p\n")
	}
	ctx := build.Default
	ctx.CgoEnabled = true
	p, err := ctx.ImportDir(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	lists := slices.Concat(p.GoFiles, p.CgoFiles, p.CFiles, p.CXXFiles, p.MFiles, p.HFiles, p.FFiles, p.SFiles, p.SwigFiles, p.SwigCXXFiles, p.SysoFiles)
	for _, name := range names {
		if got, want := Listed(name), slices.Contains(lists, name); got != want {
			t.Errorf("%s is listed: %t, for go/build: %t", name, got, want)
		}
	}
}

// TestKinds: a name is of one kind, and the patterns say the same as the functions.
func TestKinds(t *testing.T) {
	for name, want := range map[string][3]bool{
		"a.go": {true, false, false}, "a/b.h": {true, false, false}, "b.tpp": {false, true, false}, "macros.def": {false, true, false},
		"libx.a": {false, false, true}, "libx.so.1.2": {false, false, true}, "x.so.collect2": {}, "Vec": {}, "x.inc": {false, true, false},
	} {
		if got := [3]bool{Listed(name), Included(name), Linked(name)}; got != want {
			t.Errorf("%s: listed, included, linked: %v, want %v", name, got, want)
		}
	}
}
