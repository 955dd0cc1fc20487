//go:build linux

package integration

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestCompiledOnce: programs of one module that are built at the same time compile a package of another module once, whichever of them
// comes first.
func TestCompiledOnce(t *testing.T) {
	var text, config strings.Builder
	config.WriteString("targets:\n")
	programs := []string{"one", "two", "three", "four"}
	for _, name := range programs {
		fmt.Fprintf(&text, "-- %s/main.go --\npackage main\n\nimport (\n\t\"once.example/dep\"\n\t\"once.example/dep/of%s\"\n)\n\nfunc main() { println(dep.Say(), of%[1]s.Say()) }\n", name, name)
		fmt.Fprintf(&text, "-- vendor/once.example/dep/of%s/of.go --\npackage of%[1]s\n\nimport \"once.example/dep\"\n\nfunc Say() string { return dep.Say() + \"%[1]s\" }\n", name)
		fmt.Fprintf(&config, "  %s: {main: ./%[1]s}\n", name)
	}
	dir := inline(t, `
-- go.mod --
module once.example/app

go 1.26

require once.example/dep v1.0.0
-- vendor/modules.txt --
# once.example/dep v1.0.0
## explicit; go 1.26
once.example/dep
once.example/dep/offour
once.example/dep/ofone
once.example/dep/ofthree
once.example/dep/oftwo
-- vendor/once.example/dep/dep.go --
package dep

import "net/http"

func Say() string { return http.MethodGet }
-- modship.yaml --
`+config.String()+text.String())

	logs := make([]result, len(programs))
	var builds sync.WaitGroup
	for i, name := range programs {
		builds.Go(func() {
			logs[i] = client.build(t, build{dir: dir, flags: []string{"--target", name}, args: []string{"BUILDKIT_CACHE_MOUNT_NS=once"}, noImage: true})
		})
	}
	builds.Wait()
	var compiled []string
	for _, r := range logs {
		compiled = append(compiled, r.compiled("once.example/dep")...)
		compiled = append(compiled, r.compiled("net/http")...)
	}
	slices.Sort(compiled)
	for i, path := range compiled {
		if i > 0 && compiled[i-1] == path {
			t.Errorf("%s was compiled more than once: %q", path, compiled)
			break
		}
	}
	for _, name := range programs {
		if !slices.Contains(compiled, "once.example/dep/of"+name) {
			t.Errorf("no log says that the package of %s was compiled: %q", name, compiled)
		}
	}
}
