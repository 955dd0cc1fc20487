package scan

import (
	"testing"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/testing/diagtest"
)

// TestAdvice: a module, or what is asked of it, that was changed as a message says can be built.
func TestAdvice(t *testing.T) {
	const program = "package main\n\nfunc main() {}\n"
	type asked struct {
		main, stamp string
		files       []string
		change      func(*Request)
	}
	problems := func(a asked) diag.List {
		req := request(t)
		req.Complete = true
		if a.stamp != "" {
			req.Stamp = []string{a.stamp}
		}
		if a.change != nil {
			a.change(&req)
		}
		r := scanned(t, context(a.files...), req)
		_, err := r.Choose(a.main)
		found := diag.All(err)
		for _, d := range r.Diagnostics {
			if d.Level == LevelError {
				found = append(found, d.Err())
			}
		}
		for _, images := range r.Images {
			for _, u := range images["linux/amd64"].Unstampable {
				found = append(found, &diag.Error{Msg: u.Name + ": " + u.Reason, Help: u.Help})
			}
		}
		return found
	}
	two := []string{"cmd/a/main.go", program, "cmd/b/main.go", program}
	sub := []string{"main.go", "package main\n\nimport _ \"example.com/m/sub/x\"\n\nfunc main() {}\n", "sub/go.mod", "module example.com/m/sub\n", "sub/x/x.go", "package x\n"}
	var followed []string
	for _, c := range []struct{ wrong, right asked }{
		{asked{files: two}, asked{files: two, main: "./cmd/a"}},
		{asked{files: two, main: "./cmd/c"}, asked{files: two, main: "./cmd/a"}},
		{asked{files: two, main: "cmd/a"}, asked{files: two, main: "./cmd/a"}},
		{asked{files: two, main: "./cmd/zebra"}, asked{files: two, main: "./cmd/b"}},
		{asked{files: []string{"main.go", "//go:build mine\n\n" + program}}, asked{files: []string{"main.go", "//go:build mine\n\n" + program}, change: func(r *Request) { r.Tags = []string{"mine"} }}},
		{asked{files: []string{"main.go", program + "\nconst version = \"\"\n"}, stamp: "main.version"}, asked{files: []string{"main.go", program + "\nvar version = \"\"\n"}, stamp: "main.version"}},
		{asked{files: []string{"main.go", program + "\nvar version = \"\"\n"}, stamp: "example.com/m.version"}, asked{files: []string{"main.go", program + "\nvar version = \"\"\n"}, stamp: "main.version"}},
		{asked{files: sub}, asked{files: sub, change: func(r *Request) { r.Modules = append(r.Modules, gomod.Module{Path: "example.com/m/sub", Dir: "sub"}) }}},
	} {
		wrong := problems(c.wrong)
		if len(wrong) == 0 {
			t.Errorf("%+v has no mistake", c.wrong)
		}
		for _, m := range wrong {
			followed = append(followed, m.Help)
		}
		for _, m := range problems(c.right) {
			t.Errorf("%v, and then %v", wrong.Err(), m)
		}
	}
	diagtest.Advice(t, ".", followed, nil)
}
