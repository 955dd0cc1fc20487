package sbom_test

import (
	"testing"

	"github.com/modship-build/modship/internal/sbom"
	"github.com/modship-build/modship/internal/testing/golden"
)

// TestGolden makes the document of input.json in each archive of testdata.
func TestGolden(t *testing.T) {
	golden.Each(t, "testdata/*.txtar", func(t *testing.T, a *golden.Archive) {
		var in sbom.Input
		golden.Decode(t, a.Data(t, "input.json"), &in)
		got, err := sbom.SPDX(in)
		if err != nil {
			t.Fatal(err)
		}
		read(t, got)
		a.Want(t, string(got))
	})
}
