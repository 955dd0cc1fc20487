//go:build linux

package integration

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// layeredModule has a main package and two that it imports.
const layeredModule = `
-- go.mod --
module example.com/layered

go 1.26
-- main.go --
package main

import (
	"fmt"

	"example.com/layered/leaf"
	"example.com/layered/other"
)

func main() { fmt.Println("main zero", leaf.Name(), other.Name) }
-- leaf/leaf.go --
package leaf

// Name is no constant, so that whoever calls it has nothing of it.
//
//go:noinline
func Name() string { return "leaf zero" }
-- other/other.go --
package other

const Name = "other"
`

// TestIncremental says which packages of the module an edit compiles again on the machine that built before: the one that was edited
// and those that import it. In another namespace there is no such machine.
func TestIncremental(t *testing.T) {
	eachMode(t, func(t *testing.T, m mode) {
		const main, leaf, other = "example.com/layered", "example.com/layered/leaf", "example.com/layered/other"
		dir := inline(t, layeredModule)
		m.build(t, build{dir: dir})
		for _, step := range []struct {
			name, file, old, new string
			args                 []string
			compiled             []string
			says                 string
		}{
			{"main", "main.go", "main zero", "main of " + m.name, nil, []string{main}, "main of " + m.name + " leaf zero other"},
			{
				"leaf", "leaf/leaf.go", "leaf zero", "leaf of " + m.name, nil, []string{main, leaf},
				"main of " + m.name + " leaf of " + m.name + " other",
			},
			{
				"other namespace", "main.go", "main of", "again of", []string{"BUILDKIT_CACHE_MOUNT_NS=layered-" + m.name},
				[]string{main, leaf, other}, "again of " + m.name + " leaf of " + m.name + " other",
			},
		} {
			t.Run(step.name, func(t *testing.T) {
				source := string(readFile(t, filepath.Join(dir, step.file)))
				edit(t, dir, step.file, strings.Replace(source, step.old, step.new, 1))
				r := m.build(t, build{dir: dir, args: step.args})
				if got := len(r.ran("compile")); got != 1 {
					t.Errorf("%d compile steps were executed, want one", got)
				}
				compiled := r.compiled(main)
				if step.args == nil {
					r.cached(t, "toolchain", "deps")
					compiled = r.compiled("") // of the standard library neither
				}
				if diff := cmp.Diff(step.compiled, compiled); diff != "" {
					t.Errorf("packages that were compiled (-want +got):\n%s\nlog:\n%s", diff, r.log)
				}
				r.runs(t, step.says)
			})
		}
	})
}
