package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/testing/golden"
)

// The folder of a module that may replace one, and a program that imports it.
const (
	fork    = "-- fork/go.mod --\nmodule example.org/lib\n\ngo 1.26\n-- fork/lib.go --\npackage lib\n"
	program = "main.go --\npackage main\n\nimport _ \"example.org/lib\"\n\nfunc main() {}\n"
	single  = "-- go.mod --\nmodule example.com/app\n\n"
	app     = "-- app/go.mod --\nmodule example.com/app\n\ngo 1.26\n\nrequire example.org/lib v1.0.0\n-- app/" + program
	other   = "-- other/go.mod --\nmodule example.com/other\n\ngo 1.26\n\nrequire example.org/lib v1.5.0\n"
	work    = "-- go.work --\ngo 1.26\n\nuse (\n\t./app\n\t./other\n)\n"
)

// TestOneTable: where a module is, is said by one table. What is scanned as the project's own, what leaves it, what is fetched and what
// the plan says follow from that, whichever file it was in.
func TestOneTable(t *testing.T) {
	for name, test := range map[string]struct {
		context string
		// settled is what step graph gives, if it is asked.
		settled []gomod.Module
		// table has a row for each module; own says that the files of the folder are compiled, and external what leaves the module.
		table, downloads, external string
		own                        bool
	}{
		"required": {
			context: single + "go 1.26\n\nrequire example.org/lib v1.0.0\n-- " + program + fork,
			table:   "example.com/app in . / example.org/lib v1.0.0", downloads: "example.org/lib@v1.0.0", external: "example.org/lib",
		},
		"replaced by a folder": {
			context: single + "go 1.26\n\nrequire example.org/lib v1.0.0\n\nreplace example.org/lib => ./fork\n-- " + program + fork,
			table:   "example.com/app in . / example.org/lib in fork, replaced", own: true,
		},
		"replaced in another version": {
			context: single + "go 1.26\n\nrequire example.org/lib v1.0.0\n\nreplace example.org/lib v1.5.0 => ./fork\n-- " + program + fork,
			table:   "example.com/app in . / example.org/lib v1.0.0", downloads: "example.org/lib@v1.0.0", external: "example.org/lib",
		},
		"replaced by a module": {
			context: single + "go 1.26\n\nrequire example.org/lib v1.0.0\n\nreplace example.org/lib => example.net/fork v1.2.0\n-- " + program,
			table:   "example.com/app in . / example.org/lib v1.2.0 of example.net/fork", downloads: "example.net/fork@v1.2.0", external: "example.org/lib",
		},
		"vendored": {
			context: single + "go 1.26\n\nrequire example.org/lib v1.0.0\n\nreplace example.org/lib => ./fork\n-- " + program + fork + "-- vendor/modules.txt --\n",
			table:   "example.com/app in . / example.org/lib", external: "example.org/lib",
		},
		"workspace, which chooses the higher version": {
			context: work + "\nreplace example.org/lib v1.0.0 => ./fork\n" + app + other + fork,
			settled: []gomod.Module{{Path: "example.org/lib", Version: "v1.5.0"}},
			table:   "example.com/app in app / example.com/other in other / example.org/lib v1.5.0", downloads: "example.org/lib@v1.5.0", external: "example.org/lib",
		},
		"workspace with a folder": {
			context: work + "\nreplace example.org/lib => ./fork\n" + app + other + fork,
			settled: []gomod.Module{{Path: "example.org/lib", Dir: "fork", Replaced: true}},
			table:   "example.com/app in app / example.com/other in other / example.org/lib in fork, replaced", own: true,
		},
		"vendored workspace": {
			context: work + "\nreplace example.org/lib => ./fork\n" + app + other + fork + "-- vendor/modules.txt --\n## workspace\n",
			table:   "example.com/app in app / example.com/other in other / example.org/lib", external: "example.org/lib",
		},
		"vendored, but not for the workspace": {
			context: work + "\nreplace example.org/lib => ./fork\n" + app + other + fork + "-- vendor/modules.txt --\n",
			settled: []gomod.Module{{Path: "example.org/lib", Dir: "fork", Replaced: true}},
			table:   "example.com/app in app / example.com/other in other / example.org/lib in fork, replaced", own: true,
		},
		"before Go 1.17, raised by what is required": {
			context:   single + "go 1.16\n\nrequire (\n\texample.org/lib v1.0.0\n\texample.org/more v1.0.0\n)\n\nreplace example.org/lib v1.0.0 => ./fork\n-- " + program + fork,
			settled:   []gomod.Module{{Path: "example.org/lib", Version: "v1.5.0"}, {Path: "example.org/more", Version: "v1.0.0"}},
			table:     "example.com/app in . / example.org/lib v1.5.0 / example.org/more v1.0.0",
			downloads: "example.org/lib@v1.5.0 example.org/more@v1.0.0", external: "example.org/lib",
		},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := golden.Parse(t, test.context).FS()
			facts, err := gomod.Load(fsys)
			if err != nil {
				t.Fatal(err)
			}
			if facts.HasGraph() != (test.settled != nil) {
				t.Fatalf("the requirements are to be followed: %t", facts.HasGraph())
			}
			if test.settled != nil {
				facts.Settle(test.settled)
			}
			linux := target.Target{OS: "linux", Arch: "amd64"}
			in := plan.Input{
				Config: &config.Config{}, At: func(string) diag.Range { return diag.Range{} }, Facts: facts, Go: plan.Go{Version: "1.26.8"}, Build: linux, Targets: []target.Target{linux},
			}
			req := plan.ScanRequest(in, nil, nil, nil)
			if in.Scan, err = scan.Scan(fsys, req); err != nil {
				t.Fatal(err)
			}
			source := plan.NewSource(facts)
			if diff := cmp.Diff(req.Table, source.Table); diff != "" {
				t.Errorf("(-scan +plan):\n%s", diff)
			}
			if got := tableText(source.Table); got != test.table {
				t.Errorf("the table is %q, want %q", got, test.table)
			}
			if got := strings.Trim(fmt.Sprint(source.Downloads()), "[]"); got != test.downloads {
				t.Errorf("%q is fetched, want %q", got, test.downloads)
			}
			image := in.Scan.Images["example.com/app"]["linux/amd64"]
			if got := strings.Join(image.External, " "); got != test.external {
				t.Errorf("%q leaves the module, want %q: %v", got, test.external, in.Scan.Diagnostics)
			}
			if got := slices.Contains(image.Files(), "fork/lib.go"); got != test.own {
				t.Errorf("the folder is compiled: %t", got)
			}
		})
	}
}

func tableText(table gomod.Table) string {
	var rows []string
	for _, m := range table.Modules {
		row := m.Path
		if m.Dir != "" {
			row += " in " + m.Dir
		}
		if m.Replaced {
			row += ", replaced"
		}
		if m.Version != "" {
			row += " " + m.Version
		}
		if m.From != "" {
			row += " of " + m.From
		}
		rows = append(rows, row)
	}
	return strings.Join(rows, " / ")
}
