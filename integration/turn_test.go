//go:build linux

package integration

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestCompiledOnce: what programs of one module import is compiled once if they are built at the same time, in layers that they share if
// one configuration names them, and by turns if each has its own.
func TestCompiledOnce(t *testing.T) {
	for name, together := range map[string]bool{"one configuration": true, "a configuration each": false} {
		for _, cache := range []string{"", "isolated"} {
			if !together && cache == "isolated" {
				continue // each is for itself
			}
			t.Run(strings.TrimSpace(name+" "+cache), func(t *testing.T) {
				m := newManyPrograms(t, together, cache)
				logs := make([]result, len(m.programs))
				var builds sync.WaitGroup
				for i, program := range m.programs {
					builds.Go(func() { logs[i] = client.build(t, m.build(program)) })
				}
				builds.Wait()
				m.compiledOnce(t, logs)
			})
		}
	}
}

// manyPrograms is a module of several programs over shared packages of another module, which is vendored.
type manyPrograms struct {
	dir       string
	programs  []string
	together  bool
	namespace string
}

func newManyPrograms(t *testing.T, together bool, cache string) manyPrograms {
	m := manyPrograms{programs: []string{"one", "two", "three", "four"}, together: together, namespace: fmt.Sprint("once", together, cache)}
	// What is compiled is not to be in the cache of another run of the test.
	dep := strings.ToLower(fmt.Sprintf("once%t%s.example/dep", together, cache))
	var text, config, listed strings.Builder
	if cache != "" {
		fmt.Fprintf(&config, "cache: %s\n", cache)
	}
	config.WriteString("targets:\n")
	for _, name := range m.programs {
		fmt.Fprintf(&text, "-- %s/main.go --\npackage main\n\nimport (\n\t\"%s\"\n\t\"%[2]s/of%[1]s\"\n)\n\nfunc main() { println(dep.Say(), of%[1]s.Say()) }\n", name, dep)
		fmt.Fprintf(&text, "-- vendor/%[2]s/of%[1]s/of.go --\npackage of%[1]s\n\nimport \"%[2]s\"\n\nfunc Say() string { return dep.Say() + \"%[1]s\" }\n", name, dep)
		fmt.Fprintf(&listed, "%s/of%s\n", dep, name)
		fmt.Fprintf(&config, "  %s: {main: ./%[1]s}\n", name)
		fmt.Fprintf(&text, "-- %s.yaml --\nmain: ./%[1]s\n", name)
	}
	m.dir = inline(t, fmt.Sprintf(`
-- go.mod --
module once.example/app

go 1.26

require %[1]s v1.0.0
-- vendor/modules.txt --
# %[1]s v1.0.0
## explicit; go 1.26
%[1]s
%[2]s-- vendor/%[1]s/dep.go --
package dep

import "net/http"

func Say() string { return http.MethodGet }
-- modship.yaml --
%[3]s%[4]s`, dep, listed.String(), config.String(), text.String()))
	return m
}

func (m manyPrograms) build(program string) build {
	b := build{dir: m.dir, flags: []string{"--target", program}, args: []string{"BUILDKIT_CACHE_MOUNT_NS=" + m.namespace}, noImage: true}
	if !m.together {
		b.flags = []string{"--file", filepath.Join(m.dir, program+".yaml")}
	}
	return b
}

// compiledOnce counts compiles: a step that several builds wait for prints its lines to each of them, with the same seconds.
func (m manyPrograms) compiledOnce(t *testing.T, logs []result) {
	t.Helper()
	compiled := map[string]map[string]bool{}
	for _, r := range logs {
		for line := range strings.Lines(r.log) {
			pkg := compiledIn(line)
			if pkg == "" || strings.HasPrefix(pkg, "once.example/app") {
				continue
			}
			if compiled[pkg] == nil {
				compiled[pkg] = map[string]bool{}
			}
			compiled[pkg][strings.Fields(line)[1]] = true
		}
	}
	for path, times := range compiled {
		if len(times) > 1 {
			t.Errorf("%s was compiled %d times", path, len(times))
		}
	}
	for _, name := range m.programs {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(compiled)), func(path string) bool { return strings.HasSuffix(path, "/dep/of"+name) }) {
			t.Errorf("no log says that the package of %s was compiled", name)
		}
	}
}

// TestSharedLayers: programs that are built later, here two in one image, find the layers of those that were built before. One whose packages are not there, or
// cannot be compiled, is no matter of the others.
func TestSharedLayers(t *testing.T) {
	const good = `
-- go.mod --
module shared.example/app

go 1.26

require shared.example/dep v1.0.0
-- vendor/modules.txt --
# shared.example/dep v1.0.0
## explicit; go 1.26
shared.example/dep/a
shared.example/dep/b
-- vendor/shared.example/dep/a/a.go --
package a

const Name = "a"
-- vendor/shared.example/dep/b/b.go --
package b

const Name = "b"
-- a/main.go --
package main

import "shared.example/dep/a"

func main() { println(a.Name) }
-- b/main.go --
package main

import (
	_ "net"

	"shared.example/dep/b"
)

func main() { println(b.Name) }
-- modship.yaml --
targets:
  a: {main: ./a}
  b: {main: ./b}
`
	t.Run("later", func(t *testing.T) {
		dir := inline(t, good+"  both: {main: [./b, ./a]}\n")
		client.build(t, build{dir: dir, flags: []string{"--target", "a"}, noImage: true}).executed(t, "deps")
		r := client.build(t, build{dir: dir, flags: []string{"--target", "both"}})
		r.cached(t, "analyze", "deps")
		r.runs(t, "b\n")
	})
	for name, change := range map[string][2]string{
		"a package that is not there":       {`"shared.example/dep/b"`, `b "shared.example/dep/absent"`},
		"a package that cannot be compiled": {`const Name = "b"`, "const Name = b"},
		"a package that wants C":            {"package b\n", "package b\n\nimport \"C\"\n"},
	} {
		t.Run(name, func(t *testing.T) {
			// There is no base to compile C with, on a daemon that has pulled Debian as well.
			noBase := strings.Replace(good, "targets:\n", "cgo: {base: localhost:1/absent}\ntargets:\n", 1)
			dir := inline(t, strings.Replace(noBase, change[0], change[1], 1))
			a := client.build(t, build{dir: dir, flags: []string{"--target", "a"}})
			a.runs(t, "a\n")
			// What can only be found out by compiling is tried by each build, which says so.
			if told, tried := strings.Contains(a.log, "nothing is shared with the others"), strings.HasSuffix(name, "compiled"); told != tried {
				t.Errorf("the warning is there: %t, want %t", told, tried)
			}
			r := client.fail(t, build{dir: dir, flags: []string{"--target", "b"}, noImage: true})
			r.says(t, "shared.example/dep/")
		})
	}
}

// TestOneApart: a target that cannot be listed with the others, and one whose dependencies have C in them, takes nothing from those that can.
func TestOneApart(t *testing.T) {
	for name, imports := range map[string]string{
		"a package that is not there": `_ "apart.example/dep/absent"`,
		"a package that may have C":   `_ "apart.example/dep/c"`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := inline(t, strings.Replace(`
-- go.mod --
module apart.example/app

go 1.26

require apart.example/dep v1.0.0
-- vendor/modules.txt --
# apart.example/dep v1.0.0
## explicit; go 1.26
apart.example/dep/a
apart.example/dep/c
-- vendor/apart.example/dep/a/a.go --
package a

const Name = "a"
-- vendor/apart.example/dep/c/c.go --
package c
-- vendor/apart.example/dep/c/with.go --
package c

import "C"
-- a/main.go --
package main

import "apart.example/dep/a"

func main() { println(a.Name) }
-- b/main.go --
package main

import "apart.example/dep/a"

func main() { println("b beside " + a.Name) }
-- c/main.go --
package main

import (
	IMPORTS
)

func main() {}
-- modship.yaml --
targets:
  a: {main: ./a}
  b: {main: ./b}
  c: {main: ./c}
`, "IMPORTS", imports, 1))
			// A name of its own, or the case before has built it.
			edit(t, dir, "go.mod", strings.Replace(string(readFile(t, filepath.Join(dir, "go.mod"))), "apart.example/app", "apart.example/"+strings.ReplaceAll(name, " ", "-"), 1))
			client.build(t, build{dir: dir, flags: []string{"--target", "a"}, noImage: true}).executed(t, "deps")
			r := client.build(t, build{dir: dir, flags: []string{"--target", "b"}})
			r.cached(t, "analyze", "deps")
			r.runs(t, "b beside a\n")
		})
	}
}

// TestCommonLayer: what most programs have of the standard library is compiled once for all modules of a daemon, in a layer that knows of
// none of them.
func TestCommonLayer(t *testing.T) {
	for _, c := range []struct{ common, imports, use, below string }{
		{"fmt", `"encoding/json"`, "json.Valid(nil)", "strconv"},
		{"net/http", `"net/http"`, "http.MethodGet", "net"},
	} {
		t.Run(c.common, func(t *testing.T) {
			if c.common == "net/http" {
				needFull(t) // 180 packages
			}
			module := func(name string) build {
				return build{noImage: true, dir: inline(t, fmt.Sprintf(`
-- go.mod --
module common.example/%s

go 1.26
-- main.go --
package main

import %s

func main() { println(%[1]q, %[3]s) }
-- modship.yaml --
# Other tests have the layer without them.
build: {tags: [commonlayer]}
`, name, c.imports, c.use))}
			}
			first := client.build(t, module("a")).compiled(c.common)
			if !slices.Contains(first, c.common) {
				t.Errorf("the first module compiles %q, want %s among it", first, c.common)
			}
			if second := client.build(t, module("b")).compiled(c.below); len(second) > 0 {
				t.Errorf("the second module compiles %q again", second)
			}
		})
	}
}
