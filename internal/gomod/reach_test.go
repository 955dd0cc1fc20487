package gomod_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/testing/golden"
)

// TestReach: what a module is built of is found in the tree above it, and nothing that has no effect on its build.
func TestReach(t *testing.T) {
	const modA = "module example.com/a\n\ngo 1.24\n\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ../../lib\n"
	const plain = "-- src/repo/services/a/go.mod --\nmodule example.com/a\n\ngo 1.24\n"
	for name, tc := range map[string]struct {
		files  string
		noWork bool
		want   []string
	}{
		"nothing":                      {files: plain},
		"a replaced module":            {files: "-- src/repo/services/a/go.mod --\n" + modA, want: []string{"src/repo/services/a/go.mod:7:1 src/repo/lib example.com/lib"}},
		"replaced in the module":       {files: plain + "require example.com/lib v0.0.0\nreplace example.com/lib => ./lib\n", want: []string{"src/repo/services/a/go.mod:5:1 src/repo/services/a/lib example.com/lib"}},
		"not required":                 {files: plain + "replace example.com/lib => ../../lib\n"},
		"another version":              {files: plain + "require example.com/lib v1.0.0\nreplace example.com/lib v1.1.0 => ../../lib\n"},
		"another module":               {files: plain + "require example.com/lib v1.0.0\nreplace example.com/lib => example.com/fork v1.0.0\n"},
		"outside of everything":        {files: plain + "require example.com/lib v1.0.0\nreplace example.com/lib => ../../../../../lib\n"},
		"an absolute folder":           {files: plain + "require example.com/lib v1.0.0\nreplace example.com/lib => /lib\n"},
		"vendored":                     {files: "-- src/repo/services/a/go.mod --\n" + modA + "-- src/repo/services/a/vendor/modules.txt --\n# example.com/lib v0.0.0 => ../../lib\n"},
		"without an effect":            {files: "-- src/repo/services/a/go.mod --\n" + modA[:len(modA)-len("replace example.com/lib => ../../lib\n")]},
		"a workspace":                  {files: plain + "-- src/repo/go.work --\ngo 1.24\n\nuse ./services/a\n\nuse ./lib\n-- src/repo/lib/go.mod --\nmodule example.com/lib\n", want: []string{"src/repo/go.work src/repo ", "src/repo/go.work:3:1 src/repo/services/a ", "src/repo/go.work:5:1 src/repo/lib "}},
		"switched off":                 {noWork: true, files: plain + "-- src/repo/go.work --\ngo 1.24\n\nuse ./services/a\n"},
		"a workspace of others":        {files: plain + "-- src/repo/go.work --\ngo 1.24\n\nuse ./lib\n-- src/repo/lib/go.mod --\nmodule example.com/lib\n"},
		"of others, and a replacement": {files: "-- src/repo/services/a/go.mod --\n" + modA + "-- src/repo/go.work --\ngo 1.24\n\nuse ./lib\n-- src/repo/lib/go.mod --\nmodule example.com/lib\n", want: []string{"src/repo/services/a/go.mod:7:1 src/repo/lib example.com/lib"}},
		"a workspace with a mistake":   {files: plain + "-- src/go.work --\nuse\n", want: []string{"src/go.work src "}},
		"a used module is gone":        {files: plain + "-- src/repo/go.work --\ngo 1.24\n\nuse ./services/a\n\nuse ./gone\n", want: []string{"src/repo/go.work src/repo ", "src/repo/go.work:3:1 src/repo/services/a ", "src/repo/go.work:5:1 src/repo/gone "}},
		"replaced by go.work": {files: plain + "require example.com/lib v1.0.0\n-- src/repo/services/go.work --\ngo 1.24\n\nuse ./a\n\nreplace example.com/lib => ../lib\n",
			want: []string{"src/repo/services/go.work src/repo/services ", "src/repo/services/go.work:3:1 src/repo/services/a ", "src/repo/services/go.work:5:1 src/repo/lib example.com/lib"}},
		"required by what is required": {files: "-- src/repo/services/a/go.mod --\nmodule example.com/a\n\ngo 1.16\n\nreplace example.com/lib => ../../lib\n\nreplace example.com/gone => ../../gone\n-- src/repo/lib/go.mod --\nmodule example.com/lib\n",
			want: []string{"src/repo/services/a/go.mod:5:1 src/repo/lib example.com/lib"}},
		"a mistake": {files: "-- src/repo/services/a/go.mod --\nmodule example.com/a\n\nreplace example.com/lib\n"},
	} {
		t.Run(name, func(t *testing.T) {
			reach, err := gomod.ReachOf(golden.Parse(t, tc.files).FS(), gomod.Place{Module: "src/repo/services/a", NoWork: tc.noWork})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, n := range reach.Needs {
				got = append(got, fmt.Sprintf("%s %s %s", n.Range, n.Dir, n.Module))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if inForce := len(got) > 0 && strings.Contains(got[0], "go.work "); (reach.Work != "") != inForce {
				t.Errorf("go.work is %q", reach.Work)
			}
		})
	}
}

// TestReachOfWorkspace: a folder may be a workspace and no module.
func TestReachOfWorkspace(t *testing.T) {
	fsys := golden.Parse(t, "-- ws/go.work --\ngo 1.24\n\nuse ../lib\n-- lib/go.mod --\nmodule example.com/lib\n").FS()
	reach, err := gomod.ReachOf(fsys, gomod.Place{Module: "ws"})
	if err != nil || reach.Work != "ws/go.work" || len(reach.Needs) != 2 || reach.Needs[1].Dir != "lib" {
		t.Errorf("got %+v, %v", reach, err)
	}
}
