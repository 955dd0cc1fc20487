package frontend

import (
	"testing"
	"testing/fstest"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/request"
)

// TestAsked: what a step refuses is shown where it was asked for, whatever the step says of files and lines.
func TestAsked(t *testing.T) {
	file, err := config.Parse("modship.yaml", []byte(`image:
  workdir: /srv
  volumes: [/data, /cache]
  files:
    - {from: config/, to: /etc/app/}
    - {from: a, to: /b}
`))
	if err != nil {
		t.Fatal(err)
	}
	c, err := file.Target("", nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &builder{files: &files{}, asked: asked{func(key string) diag.Range { return file.TargetRange("", key) }, c.Image}}
	lie := diag.Range{File: "other", Start: diag.Pos{Line: 1, Col: 1}}
	for want, m := range map[string]request.Mistake{
		"modship.yaml:5:7":  {Copy: &request.Copy{From: "config", To: "/etc/app/"}},
		"modship.yaml:6:7":  {Copy: &request.Copy{From: "a", To: "/b"}, Range: lie},
		"modship.yaml:5:5":  {Copy: &request.Copy{From: "usr/local/bin", To: "/usr/local/bin"}}, // the program
		"modship.yaml:3:20": {Folder: &request.Folder{Path: "/cache"}},
		"modship.yaml:2:12": {Folder: &request.Folder{Path: "/srv"}},
		"other:1:1":         {Range: lie},
	} {
		list := b.mistakes(t.Context(), &request.Failure{Mistakes: []request.Mistake{m}}, "[files] x")
		if got := list[0].Range.String(); got != want || list[0].Fails != (m.Copy == nil && m.Folder == nil) {
			t.Errorf("%+v is at %s, want %s; it fails: %t", m, got, want, list[0].Fails)
		}
	}
}

// TestModulePlace: what a step could not fetch is shown in go.mod, is no mistake there, and the rest of what it says is not lost.
func TestModulePlace(t *testing.T) {
	facts, err := gomod.Load(fstest.MapFS{"go.mod": {Data: []byte("module example.com/a\n\ngo 1.26\n\nrequire example.com/x v1.0.0\n")}})
	if err != nil {
		t.Fatal(err)
	}
	failure := &request.Failure{Mistakes: []request.Mistake{
		{Msg: "fetching it", Module: &module.Version{Path: "example.com/x", Version: "v1.0.0"}},
		{Msg: "the other 3 were not tried"},
	}}
	list := (&builder{facts: facts, files: &files{}}).mistakes(t.Context(), failure, "[modules] x")
	if len(list) != 2 || list[0].Error() != "go.mod:5:1: fetching it" || list[1].Error() != "the other 3 were not tried" || !list[0].Fails {
		t.Errorf("got %v", list)
	}
	if list := (&builder{files: &files{}}).mistakes(t.Context(), failure, "[modules] x"); list[0].Error() != "fetching it" {
		t.Errorf("without facts: %v", list)
	}
}
