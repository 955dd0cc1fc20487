package gomod_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/testing/golden"
)

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
