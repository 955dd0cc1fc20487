package gomod_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/testing/golden"
)

// TestReadNotice: retractions are ranges, and the newest go.mod file may have lines that nobody knows yet.
func TestReadNotice(t *testing.T) {
	const goMod = `// Deprecated: use example.com/new
module example.com/old

go 1.99
future line

retract (
	v1.0.0 // published by mistake
	[v1.2.0, v1.3.0]
)
`
	const gone = "use example.com/new"
	for version, want := range map[string]gomod.Notice{
		"v1.0.0": {Deprecated: gone, Retracted: "published by mistake"}, "v1.1.0": {Deprecated: gone}, "v1.2.5": {Deprecated: gone, Retracted: "no reason is given"},
		"v1.3.0": {Deprecated: gone, Retracted: "no reason is given"}, "v1.3.1": {Deprecated: gone},
	} {
		if got, err := gomod.ReadNotice([]byte(goMod), version); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", version, got, err, want)
		}
	}
	if _, err := gomod.ReadNotice([]byte("module (\n"), "v1.0.0"); err == nil {
		t.Error("it read what is no go.mod file")
	}
	for _, text := range []string{"", "<html>\n"} {
		if got, err := gomod.ReadNotice([]byte(text), "v1.0.0"); err != nil || got != (gomod.Notice{}) {
			t.Errorf("of %q: %+v, %v", text, got, err)
		}
	}
}

// TestReplacesOfWorkspace: what go.work replaces, and modules of the workspace, are no matter of a go.mod file; and nobody knows what is not
// needed before requirements have been followed.
func TestReplacesOfWorkspace(t *testing.T) {
	facts, err := gomod.Load(golden.Parse(t, `
-- go.work --
go 1.26

use (
	./a
	./b
)

replace example.com/x => ./x
-- a/go.mod --
module example.com/a

go 1.26

require example.com/b v1.0.0

replace (
	example.com/b => ../b
	example.com/x => ../elsewhere
	example.com/y v1.0.0 => ../y
)
-- b/go.mod --
module example.com/b

go 1.26
-- x/go.mod --
module example.com/x
-- y/go.mod --
module example.com/y
`).FS())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range facts.Replaces() {
		got = append(got, fmt.Sprintf("%s:%d %s => %s %t %q", r.File, r.Start.Line, r.Old, r.New, r.Folder, r.Unused))
	}
	want := []string{`go.work:8 example.com/x => ./x true ""`, `a/go.mod:10 example.com/y@v1.0.0 => ../y true ""`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if lines := facts.Requires(false); len(lines) > 0 {
		t.Errorf("a module of the workspace is required: %v", lines)
	}
	facts.Settle(nil)
	if unused := slices.Collect(func(yield func(string) bool) {
		for _, r := range facts.Replaces() {
			if !yield(r.Unused) {
				return
			}
		}
	}); !slices.Equal(unused, []string{"no module requires example.com/x", "no module requires example.com/y"}) {
		t.Errorf("unused are %q", unused)
	}
}
