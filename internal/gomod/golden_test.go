package gomod_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/testing/diagtest"
	"github.com/modship-build/modship/internal/testing/golden"
)

// TestGolden loads each archive as a context; its file want holds the facts or the mistakes. The file place names the folder of the module,
// and off behind it says that no go.work counts.
func TestGolden(t *testing.T) {
	golden.Each(t, "testdata/*.txtar", func(t *testing.T, a *golden.Archive) {
		fsys, at := a.FS(), gomod.Place{}
		if f := fsys["place"]; f != nil {
			words := strings.Fields(string(f.Data))
			at = gomod.Place{Module: words[0], NoWork: len(words) > 1}
			delete(fsys, "place")
		}
		facts, err := gomod.LoadAt(fsys, at)
		a.Want(t, render(t, facts, err))
	})
}

func render(t *testing.T, facts *gomod.Facts, err error) string {
	t.Helper()
	if err != nil {
		return diagtest.Show(err)
	}
	var b strings.Builder
	b.WriteString(golden.JSON(t, facts))
	fmt.Fprintf(&b, "go line %s, toolchain line %s\n", facts.GoLine(), facts.ToolchainLine())
	return b.String()
}
