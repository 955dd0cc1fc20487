package frontend

import (
	"testing"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
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
	b := &builder{asked: asked{func(key string) diag.Range { return file.TargetRange("", key) }, c.Image}}
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
