package gomod_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/testing/golden"
)

// TestShownFolders: paths in advice count from where the user is, if that is known, and may be copied to a command line; else it says what they count from.
func TestShownFolders(t *testing.T) {
	const below = "-- svc/a/go.mod --\nmodule example.com/a\n\nrequire example.com/lib v1.0.0\n\nreplace example.com/lib => ../../../lib\n"
	const root = "-- go.mod --\nmodule example.com/a\n\nrequire example.com/lib v1.0.0\n\nreplace example.com/lib => ../lib\n"
	for name, tc := range map[string]struct {
		files, help string
		at          gomod.Place
	}{
		"not known":           {root, "give it with --build-context example.com/lib=../lib; or use .. as the context", gomod.Place{}},
		"the root":            {root, "give it with --build-context example.com/lib=../lib; or use .. as the context", gomod.Place{Shown: "."}},
		"a folder":            {root, "give it with --build-context example.com/lib=svc/lib; or use svc as the context", gomod.Place{Shown: "svc/a"}},
		"one above":           {root, "give it with --build-context example.com/lib=../../lib; or use ../.. as the context", gomod.Place{Shown: ".."}},
		"absolute":            {root, "give it with --build-context example.com/lib=/srv/lib; or use /srv as the context", gomod.Place{Shown: "/srv/a"}},
		"beside":              {root, "give it with --build-context example.com/lib=../lib; or use .. as the context", gomod.Place{Shown: "../a"}},
		"with a space":        {root, "give it with --build-context 'example.com/lib=my code/lib'; or use 'my code' as the context", gomod.Place{Shown: "my code/a"}},
		"with a quote":        {root, `give it with --build-context 'example.com/lib=it'\''s/lib'; or use 'it'\''s' as the context`, gomod.Place{Shown: "it's/a"}},
		"a module below":      {below, "give it with --build-context example.com/lib=lib; or use . as the context", gomod.Place{Module: "svc/a", Shown: "repo"}},
		"laid beside another": {"-- up/svc/a/go.mod --" + strings.Replace(below, "../lib", "../../lib", 1)[len("-- svc/a/go.mod --"):], "give it with --build-context example.com/lib=../lib; or use .. as the context", gomod.Place{Module: "up/svc/a", Context: "up", Shown: "repo"}},
		"alone":               {root, "is outside the context; use svc as the context", gomod.Place{Shown: "svc/a", Alone: true}},
		"a workspace":         {"-- go.work --\nuse ../lib\n", "use svc as the context", gomod.Place{Shown: "svc/a"}},
		"no module":           {"-- b/go.mod --\nmodule b\n", "these are in svc/a", gomod.Place{Shown: "svc/a"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := gomod.LoadAt(golden.Parse(t, tc.files).FS(), tc.at)
			if err == nil || !strings.Contains(err.Error(), tc.help) {
				t.Fatalf("got %v, want %s", err, tc.help)
			}
			if counts := strings.Contains(err.Error(), "paths count from the root of the context"); counts != (tc.at.Shown == "") {
				t.Errorf("it says what paths count from: %t, of %v", counts, err)
			}
		})
	}
}

// TestOutside: what is replaced by a folder beside the context is found wherever it is said, and an absolute folder is none that another
// machine has.
func TestOutside(t *testing.T) {
	const a = "-- a/go.mod --\nmodule example.com/a\n\nreplace example.com/lib => ../../lib\n\nreplace example.com/lib v1.0.0 => ../../old\n\nreplace example.com/own => ../own\n\nreplace example.com/abs => /abs\n"
	for name, tc := range map[string]struct {
		files string
		at    gomod.Place
		want  []string
	}{
		"a folder":                 {a, gomod.Place{Module: "a"}, []string{"a/go.mod:3:1 example.com/lib ../lib", "a/go.mod:5:1 example.com/lib ../old"}},
		"the root":                 {"-- go.mod --\nmodule example.com/a\n\nreplace example.com/lib => ../../lib\n", gomod.Place{}, []string{"go.mod:3:1 example.com/lib ../../lib"}},
		"a workspace":              {a + "-- go.work --\nuse ./a\n\nreplace example.com/more => ../more\n", gomod.Place{}, []string{"a/go.mod:3:1 example.com/lib ../lib", "a/go.mod:5:1 example.com/lib ../old", "go.work:3:1 example.com/more ../more"}},
		"vendored":                 {a + "-- a/vendor/modules.txt --\n", gomod.Place{Module: "a"}, []string{"a/go.mod:3:1 example.com/lib ../lib", "a/go.mod:5:1 example.com/lib ../old"}},
		"vendored, with a go line": {"-- go.mod --\nmodule example.com/a\n\ngo 1.24\n\nreplace example.com/lib => ../lib\n-- vendor/modules.txt --\n", gomod.Place{}, nil},
		"a mistake":                {"-- go.mod --\nmodule\n", gomod.Place{}, nil},
		"nothing":                  {"-- x --\n", gomod.Place{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := gomod.OutsideOf(golden.Parse(t, tc.files).FS(), tc.at)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, o := range found {
				got = append(got, fmt.Sprintf("%s %s %s", o.Range, o.Module, o.Dir))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
