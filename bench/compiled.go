//go:build linux

package main

import (
	"slices"

	"github.com/modship-build/modship/bench/internal/lab"
	"github.com/modship-build/modship/bench/internal/result"
)

// compiled is the packages of other modules that builds compiled, each after its platform.
type compiled map[string]bool

// add adds those of one more build, and gives what it compiled of what was there before. That is nil if nothing was: then no log
// has said what was compiled, as only modship's do.
func (c compiled) add(log string) (again []string) {
	known := len(c) > 0
	var deps []string
	again = []string{}
	for step, packages := range lab.Compiled(log) {
		platform, stage := result.Stage(step)
		if stage != "deps" && stage != "compile" {
			continue
		}
		for _, pkg := range packages {
			name := platform + " " + pkg
			// The step compile has the module's own packages; one that deps had is one too many.
			if c[name] {
				again = append(again, name)
			}
			if stage == "deps" {
				deps = append(deps, name)
			}
		}
	}
	for _, name := range deps {
		c[name] = true
	}
	if !known {
		return nil
	}
	slices.Sort(again)
	return slices.Compact(again)
}
