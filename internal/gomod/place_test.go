package gomod_test

import (
	"testing"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/gomod"
)

// TestFetchPlace: what cannot be fetched is shown where somebody wrote that it is wanted, or at the sum that was written down for it.
func TestFetchPlace(t *testing.T) {
	fsys := files(
		"go.work", "go 1.26\n\nuse (\n\t./a\n\t./b\n)\n\nreplace example.com/w v1.0.0 => example.com/fork v1.5.0\n",
		"go.work.sum", "example.com/far v1.0.0/go.mod h1:x\n",
		"a/go.mod", "module example.com/a\n\ngo 1.26\n\nrequire (\n\texample.com/x v1.0.0\n\texample.com/y v1.0.0 // indirect\n)\n\n"+
			"replace (\n\texample.com/y => example.com/z v1.2.0\n\texample.com/y2 => example.com/z v1.2.0\n)\n",
		"a/go.sum", "example.com/x v1.0.0 h1:x\n",
		"b/go.mod", "module example.com/b\n\ngo 1.26\n\nrequire example.com/x v1.0.0\n",
		"b/go.sum", "example.com/near v1.0.0 h1:x\n\nexample.com/deep v1.1.0 h1:x\nexample.com/deep v1.1.0/go.mod h1:x\n",
	)
	facts, err := gomod.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	for m, want := range map[module.Version]string{
		{Path: "example.com/x", Version: "v1.0.0"}:    "a/go.mod:6:2",
		{Path: "example.com/z", Version: "v1.2.0"}:    "a/go.mod:11:2",
		{Path: "example.com/fork", Version: "v1.5.0"}: "go.work:8:1",
		{Path: "example.com/far", Version: "v1.0.0"}:  "go.work.sum:1:1",
		{Path: "example.com/deep", Version: "v1.1.0"}: "b/go.sum:3:1",
		{Path: "example.com/deep", Version: "v1.0.0"}: "",
		{Path: "example.com/x", Version: "v1.1.0"}:    "",
	} {
		if got := facts.FetchPlace(m).String(); got != want {
			t.Errorf("%s is wanted at %q, want %q", m, got, want)
		}
	}
	if got := facts.SumPlace(module.Version{Path: "example.com/z", Version: "v1.2.0"}).String(); got != "a/go.mod:11:2" {
		t.Errorf("the sum of what replaces another is missed at %q", got)
	}
}
