package main

import (
	"slices"
	"testing"

	"github.com/modship-build/modship/internal/testing/hostile"
)

// TestHostile reads images that somebody made to harm.
func TestHostile(t *testing.T) {
	inputs := hostile.Small(t)
	if !testing.Short() {
		inputs = append(inputs, hostile.Large(t)...)
	}
	// Layers are compared entry by entry, so that whether they make a tree does not matter.
	inputs = slices.DeleteFunc(inputs, func(in hostile.Input) bool { return in.Tree })
	small := hostile.Good(t)
	for name, args := range map[string]func(ref string) []string{
		"first":  func(ref string) []string { return []string{ref, small} },
		"second": func(ref string) []string { return []string{"--deep", small, ref} },
	} {
		t.Run(name, func(t *testing.T) { hostile.Stands(t, inputs, "oci-diff", args) })
	}
}
