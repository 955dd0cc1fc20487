package gomod_test

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/links"
	"github.com/modship-build/modship/internal/testing/diagtest"
	"github.com/modship-build/modship/internal/testing/golden"
)

// TestAdvice: a tree that was changed as a message says is one that can be built.
func TestAdvice(t *testing.T) {
	const module = "-- go.mod --\nmodule example.com/app\n\ngo 1.26\n"
	const replaced = module + "\nrequire example.com/lib v1.0.0\n\nreplace example.com/lib => "
	const lib = "-- lib/go.mod --\nmodule example.com/lib\n"
	const app, copied = "-- app/go.mod --\nmodule example.com/app\n\ngo 1.26\n", "-- copy/go.mod --\nmodule example.com/app\n"
	const conflict = "-- a/go.mod --\nmodule a\n\nreplace example.com/x => ../x\n-- b/go.mod --\nmodule b\n\nreplace example.com/x => ../y\n"
	const both = "go 1.26\n\nuse (\n\t./a\n\t./b\n)\n"
	var followed []string
	for _, c := range []struct{ wrong, right string }{
		{"-- go.mod --\ngo 1.26\n", "-- go.mod --\nmodule example.com/app\n\ngo 1.26\n"},
		{module + "-- go.work --\ngo 1.26\n", module + "-- go.work --\ngo 1.26\n\nuse .\n"},
		{replaced + "../lib\n", lib + "-- app/go.mod --\n" + replaced[len("-- go.mod --\n"):] + "../lib\n-- go.work --\ngo 1.26\n\nuse ./app\n"},
		{replaced + "/srv/lib\n", replaced + "./lib\n" + lib}, // in a directory that holds both
		{replaced + "../lib\n", replaced + "../lib\n-- vendor/modules.txt --\n# example.com/lib v1.0.0 => ../lib\n## explicit\n"},
		{replaced + "./lib\n", replaced + "./lib\n" + lib},
		{"-- main.go --\npackage main\n", module + "-- main.go --\npackage main\n"},
		{"-- app/go.mod --\nmodule example.com/app\n", module},
		{"-- app/go.mod --\nmodule example.com/app\n", "-- app/go.mod --\nmodule example.com/app\n-- go.work --\ngo 1.26\n\nuse ./app\n"},
		{app + "-- go.work --\ngo 1.26\n\nuse ./app\n\nuse app\n", app + "-- go.work --\ngo 1.26\n\nuse ./app\n"},
		{app + copied + "-- go.work --\ngo 1.26\n\nuse ./app\n\nuse ./copy\n", app + copied + "-- go.work --\ngo 1.26\n\nuse ./copy\n"},
		{app + "-- go.work --\ngo 1.26\n\nuse ./app\n\nreplace example.com/app => ./copy\n" + copied, app + "-- go.work --\ngo 1.26\n\nuse ./app\n" + copied},
		{app + "-- go.work --\ngo 1.26\n\nuse ./app\n\nreplace example.com/app => ./copy\n" + copied, app + "-- go.work --\ngo 1.26\n\nuse ./app\n\nreplace example.com/app v1.0.0 => ./copy\n" + copied},
		{module + "\nreplace example.com/x => ./a\n\nreplace example.com/x => ./b\n", module + "\nreplace example.com/x => ./b\n"},
		{conflict + "-- go.work --\n" + both, conflict + "-- go.work --\n" + both + "\nreplace example.com/x => ./x\n"}, // as go work edit writes it
		{app + "-- go.work --\ngo 1.24\n\nuse ./app\n", app + "-- go.work --\ngo 1.26\n\nuse ./app\n"},                  // go work use
		{module + "\ntoolchain default\n", module},                                                                      // go mod tidy
	} {
		_, err := gomod.Load(golden.Parse(t, c.wrong).FS())
		wrong := diag.All(err)
		if len(wrong) == 0 {
			t.Errorf("%s has no mistake", c.wrong)
		}
		for _, m := range wrong {
			followed = append(followed, m.Help)
		}
		if _, err := gomod.Load(golden.Parse(t, c.right).FS()); err != nil {
			t.Errorf("%v, and then %v", wrong.Err(), err)
		}
	}
	mod := &fstest.MapFile{Data: []byte("module example.com/app\n\ngo 1.26\n")}
	linked := links.New(fstest.MapFS{"go.mod": {Data: []byte("mod.go"), Mode: fs.ModeSymlink | 0o777}, "mod.go": mod})
	facts, err := gomod.Load(linked)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range diag.All(facts.Follow(linked)) {
		followed = append(followed, m.Help)
	}
	put := links.New(fstest.MapFS{"go.mod": mod})
	if facts, err = gomod.Load(put); err != nil || facts.Follow(put) != nil {
		t.Errorf("the text where the link was: %v, %v", err, facts.Follow(put))
	}
	unused := golden.Parse(t, "-- go.work --\ngo 1.26\n\nuse ./lib\n"+lib+app).FS()
	_, err = gomod.LoadAt(unused, gomod.Place{Module: "app"})
	for _, m := range diag.All(err) {
		followed = append(followed, m.Help)
	}
	if _, err := gomod.LoadAt(unused, gomod.Place{Module: "app", NoWork: true}); err != nil {
		t.Errorf("with GOWORK=off: %v", err)
	}
	used := golden.Parse(t, "-- go.work --\ngo 1.26\n\nuse ./lib\n\nuse ./app\n"+lib+app).FS()
	if _, err := gomod.LoadAt(used, gomod.Place{Module: "app"}); err != nil {
		t.Errorf("after go work use: %v", err)
	}
	_, err = gomod.LoadAt(unused, gomod.Place{Module: "apps"})
	for _, m := range diag.All(err) {
		followed = append(followed, m.Help)
	}
	diagtest.Advice(t, ".", followed, nil)
}
