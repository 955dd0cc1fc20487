package project

import (
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/testing/diagtest"
)

// TestPackage: a main package that is named by its folder is the target that has it, or else the top level with it.
func TestPackage(t *testing.T) {
	const targets = "targets:\n  app: {main: ./cmd/app, image: {user: \"7\"}}\n  also: {main: ./cmd/twice}\n  again: {main: ./cmd/twice}\n  path: {main: example.com/m/cmd/path}\n  elsewhere: {main: ./cmd/x, module: x}\n"
	var followed []string // by "one of two", and by those that name no target
	for name, tc := range map[string]struct {
		config, pkg, target string
		want                string // target and main
		recorded            string // what the recipe has to say of the package
		mistake             string
	}{
		"no configuration":           {config: "{}\n", pkg: "./cmd/app", want: " ./cmd/app", recorded: "./cmd/app"},
		"another one at the top":     {config: "main: ./cmd/other\n", pkg: "./cmd/app", want: " ./cmd/app", recorded: "./cmd/app"},
		"the one at the top":         {config: "main: ./cmd/app/\n" + targets, pkg: "./cmd/app", want: " ./cmd/app/"},
		"a target":                   {config: targets, pkg: "./cmd/app", want: "app ./cmd/app"},
		"a target by an import path": {config: targets, pkg: "./cmd/path", want: "path ./cmd/path", recorded: "./cmd/path"},
		"no target":                  {config: targets, pkg: "./cmd/none", want: " ./cmd/none", recorded: "./cmd/none"},
		"a target of another module": {config: targets, pkg: "./cmd/x", want: " ./cmd/x", recorded: "./cmd/x"},
		"two targets":                {config: targets, pkg: "./cmd/twice", mistake: "modship.yaml:3:16: ./cmd/twice is the program of several targets: also, again; choose one, as in --target also"},
		"one of two":                 {config: targets, pkg: "./cmd/twice", target: "again", want: "again ./cmd/twice"},
		"a target for another":       {config: targets, pkg: "./cmd/app", target: "again", mistake: `modship.yaml:4:17: target "again" is the program ./cmd/twice, and ./cmd/app is to be built; name the folder of the module`},
		"a target without a main":    {config: "targets: {plain: {image: {user: \"7\"}}}\n", pkg: "./cmd/app", target: "plain", want: "plain ./cmd/app", recorded: "./cmd/app"},
		"no such target":             {config: "targets: {plain: {}}\n", pkg: "./cmd/app", target: "plian", mistake: `"plian" is not in the file`},
		"the first of a list":        {config: "main: [./cmd/app, ./cmd/other]\n", pkg: "./cmd/app", want: " ./cmd/app ./cmd/other"},
		"the first, by import path":  {config: "main: [example.com/m/cmd/app, ./cmd/other]\n", pkg: "./cmd/app", want: " ./cmd/app ./cmd/other", recorded: "./cmd/app"},
		"another of a list":          {config: "main: [./cmd/app, ./cmd/other]\n", pkg: "./cmd/other", want: " ./cmd/other", recorded: "./cmd/other"},
		"a target with a list":       {config: "targets: {both: {main: [./cmd/app, ./cmd/other]}}\n", pkg: "./cmd/app", want: "both ./cmd/app ./cmd/other"},
		"nothing named":              {config: targets, target: "app", want: "app ./cmd/app"},
	} {
		t.Run(name, func(t *testing.T) {
			p := &Project{Package: tc.pkg, Target: tc.target}
			p.Targets = []target.Target{{OS: "linux", Arch: "amd64"}}
			err := p.Read(t.Context(), newFolder(map[string]string{"go.mod": "module example.com/m\n\ngo 1.24\n", "modship.yaml": tc.config}))
			if tc.mistake != "" {
				if err == nil || !strings.Contains(err.Error(), tc.mistake) {
					t.Errorf("%v, want %s", err, tc.mistake)
				} else {
					followed = append(followed, err.Error())
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Target + " " + strings.Join(p.Config.Main, " "); got != tc.want || p.Package != tc.recorded {
				t.Errorf("got %q and %q, want %q and %q", got, p.Package, tc.want, tc.recorded)
			}
		})
	}
	diagtest.Advice(t, ".", followed, nil)
}
