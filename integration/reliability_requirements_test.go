//go:build linux

package integration

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/request"
)

// TestManyRequirements has a go.mod of 2,000 requirements, of which the program imports one.
func TestManyRequirements(t *testing.T) {
	needFull(t)
	const requirements = 2000
	handlers := map[string]http.HandlerFunc{}
	var requires, sums strings.Builder
	for i := range requirements {
		path := fmt.Sprintf("example.com/dep%d", i)
		dep := newPrivateModule(t, path, "v1.0.0", strings.ReplaceAll(depModule, "example.com/dep", path))
		maps.Copy(handlers, dep.handlers)
		sums.WriteString(dep.sums)
		fmt.Fprintf(&requires, "\t%s v1.0.0\n", path)
	}
	proxy := newFaultyServer(t, goProxy(t, handlers))
	eachMode(t, func(t *testing.T, m mode) {
		b := build{
			dir: inline(t, `
-- go.mod --
module example.com/requires-`+m.name+`

go 1.26

require (
`+requires.String()+`)
-- go.sum --
`+sums.String()+`-- main.go --
package main

import dep "example.com/dep7"

func main() { println(dep.Text) }
`),
			args: []string{"GOPROXY=http://" + proxy.addr, "BUILDKIT_CACHE_MOUNT_NS=requires-" + m.name},
		}
		proxy.breaks(zipsBelow("/example.com/", unavailable))
		anew := b // the other mode has fetched the same modules
		anew.flags = []string{"--no-cache-filter", "modules"}
		r := m.fail(t, anew)
		r.says(t, "modules were not tried, because the module proxy does not answer")
		// Each part of the modules gives up by itself, after three modules and with up to three more under way; what it says is printed
		// when it fails and at the end.
		if n := strings.Count(r.log, "fetching example.com/dep"); n > request.ModuleParts*(3+3)*2 {
			t.Errorf("the log names %d modules", n)
		}
		proxy.works()
		for _, what := range []string{"first", "second"} {
			r := measure(t, m, b)
			t.Logf("%s build with %d requirements: %s", what, requirements, r.figures)
			r.runs(t, "here I am")
			if what == "first" {
				r.countsModules(t)
			}
		}
	})
}
