package main

import (
	"testing"

	"github.com/modship-build/modship/internal/testing/hostile"
)

// TestHostile reads images that somebody made to harm.
func TestHostile(t *testing.T) {
	inputs := hostile.Small(t)
	if !testing.Short() {
		inputs = append(inputs, hostile.Large(t)...)
	}
	hostile.Stands(t, inputs, "oci-lint-go", func(ref string) []string { return []string{"scan", "--image", ref} })
}
