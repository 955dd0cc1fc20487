//go:build linux

package integration

import (
	"fmt"
	"testing"
)

// TestParallelBuilds orders eight builds of different modules at the same time, from clients of both kinds, and runs what each
// got: programs and layers of one must not be those of another.
func TestParallelBuilds(t *testing.T) {
	const builds = 8
	setUp(t)
	var all [builds]*running
	for i := range builds {
		m := []mode{client, syntax}[i%2]
		all[i] = m.launch(t, build{dir: says(t, fmt.Sprintf("parallel%d", i), fmt.Sprintf("I am number %d", i))})
	}
	for i, running := range all {
		r := running.wait(t)
		if r.code != 0 {
			t.Errorf("build %d failed:\n%s", i, r.log)
			continue
		}
		r.runs(t, fmt.Sprintf("I am number %d", i))
	}
}

// says is a module of a program that compiles within a second and prints a text.
func says(t *testing.T, name, text string) (dir string) {
	t.Helper()
	return inline(t, `
-- go.mod --
module example.com/`+name+`

go 1.26
-- main.go --
package main

func main() { println("`+text+`") }
`)
}
