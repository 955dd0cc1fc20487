package scan

import (
	"slices"
	"testing"
)

func TestNames(t *testing.T) {
	main := func(importPath, dir string) Main {
		return Main{ImportPath: importPath, Dir: dir, Name: binaryName(importPath)}
	}
	for _, test := range []struct {
		module string
		mains  []Main
		want   []string
	}{
		{mains: []Main{main("example.com/m", "."), main("example.com/m/cmd/x", "cmd/x")}, want: []string{"m", "x"}},
		{mains: []Main{main("example.com/m", "."), main("example.com/m/cmd/m", "cmd/m")}, want: []string{"m", "cmd-m"}},
		{mains: []Main{main("example.com/m/a/x", "a/x"), main("example.com/m/b/x", "b/x"), main("example.com/m/c/v2", "c/v2")}, want: []string{"a-x", "b-x", "c"}},
		{mains: []Main{main("example.com/m/a/x", "a/x"), main("example.com/m/b/x", "b/x"), main("example.com/m/a-x", "a-x")}, want: []string{"", "b-x", "a-x"}},
		{mains: []Main{main("example.com/m/cmd/test", "cmd/test"), main("example.com/m/default", "default"), main("example.com/m/binaries", "binaries"), main("example.com/m/b/sbom", "b/sbom"), main("example.com/m/b-sbom", "b-sbom")},
			want: []string{"cmd-test", "", "", "", "b-sbom"}},
		{mains: []Main{main("example.com/vet", "."), main("example.com/vet/cmd/vet", "cmd/vet")}, want: []string{"", "cmd-vet"}},
		{module: "services/a", mains: []Main{main("example.com/a/x", "services/a/x"), main("example.com/a/y/x", "services/a/y/x")}, want: []string{"x", "y-x"}},
	} {
		r := &Result{Mains: test.mains, Module: test.module}
		got := r.Names()
		if !slices.Equal(got, test.want) {
			t.Errorf("%v are called %q, want %q", test.mains, got, test.want)
		}
		for i, name := range got {
			if m, ok := r.Named(name); ok != (name != "") || ok && m.Dir != test.mains[i].Dir {
				t.Errorf("%q is %v", name, m)
			}
		}
	}
}

// TestNamed: a command that is asked for by its name is followed alone.
func TestNamed(t *testing.T) {
	fsys := context("cmd/a/main.go", "package main", "cmd/b/main.go", "package main")
	req := request(t)
	req.Program = "b"
	result := scanned(t, fsys, req)
	if len(result.Mains) != 2 || len(result.Images) != 1 || result.Images["example.com/m/cmd/b"] == nil {
		t.Errorf("found %v, and followed %v", result.Mains, result.Images)
	}
	req.Program = "c"
	if result = scanned(t, fsys, req); len(result.Mains) != 2 || len(result.Images) != 0 {
		t.Errorf("without such a program: %v", result)
	}
}
