package scan

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAlso asks for what other commands import: nothing of theirs but that is in the result, least of all their mistakes.
func TestAlso(t *testing.T) {
	fsys := context(
		"cmd/a/main.go", "package main\n\nimport (\n\t\"os\"\n\n\t\"example.com/m/lib\"\n\t\"other.example/a\"\n)\n",
		"cmd/b/main.go", "package main\n\nimport (\n\t\"example.com/m/lib\"\n\t\"other.example/b\"\n)\n",
		"cmd/arm/main.go", "//go:build arm\n\npackage main\n\nimport \"other.example/arm\"\n",
		"cmd/pgo/main.go", "package main\n\nimport \"other.example/pgo\"\n",
		"cmd/pgo/default.pgo", "a profile",
		"cmd/wrong/main.go", "package main\n\nimport \"example.com/m/empty\"\n",
		"empty/empty_test.go", "package empty\n",
		"cmd/broken/main.go", "package main\n\nimport (\n",
		"lib/lib.go", "package lib\n\nimport (\n\t\"net/http\"\n\n\t\"other.example/lib\"\n)\n",
	)
	req := request(t)
	req.Main = "./cmd/a"
	alone := scanned(t, fsys, req)
	req.Also = [][]string{
		{"./cmd/arm"}, {"./cmd/b"}, {"./cmd/broken"}, {"./cmd/nowhere"}, {"./cmd/pgo"}, {"./cmd/wrong"}, {"./lib"},
		{"./cmd/b", "./cmd/arm"}, {"./cmd/b", "./cmd/pgo"}, {"./cmd/b", "./cmd/wrong"}, {"./cmd/b", "./cmd/nowhere"}, // each of all its commands
	}
	got := scanned(t, fsys, req)
	b := Outgoing{Std: []string{"net/http"}, External: []string{"other.example/b", "other.example/lib"}}
	want := map[string]map[string]Outgoing{
		"example.com/m/cmd/b":                       {"linux/amd64": b, "linux/arm/v7": b},
		"example.com/m/cmd/arm":                     {"linux/arm/v7": {External: []string{"other.example/arm"}}},
		"example.com/m/cmd/arm example.com/m/cmd/b": {"linux/arm/v7": {Std: b.Std, External: []string{"other.example/arm", "other.example/b", "other.example/lib"}}},
	}
	if diff := cmp.Diff(want, got.Also); diff != "" {
		t.Error(diff)
	}
	got.Also, got.Missing = nil, nil // a link may lead to ./cmd/nowhere
	if diff := cmp.Diff(alone, got); diff != "" {
		t.Errorf("the other commands change what is said of the one: %s", diff)
	}
}
