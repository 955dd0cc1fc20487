package main

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modship-build/modship/internal/buildcmd"
	"github.com/spf13/pflag"
)

// TestAnnotateFlagsAreDescribed: the page on the command has a row for each flag, in the order of the help.
func TestAnnotateFlagsAreDescribed(t *testing.T) {
	page, err := os.ReadFile("../../docs/annotate.md")
	if err != nil {
		t.Fatal(err)
	}
	var described, flags []string
	for _, m := range regexp.MustCompile("(?m)^\\| (?:`-[a-z]`, )?`--([a-z-]+)` \\|").FindAllSubmatch(page, -1) {
		described = append(described, string(m[1]))
	}
	newAnnotate(buildcmd.Env{}).Flags().VisitAll(func(f *pflag.Flag) { flags = append(flags, f.Name) })
	if diff := cmp.Diff(flags, described); diff != "" {
		t.Errorf("(-command +page):\n%s", diff)
	}
	if !slices.Contains(flags, "format") {
		t.Errorf("flags are %q", flags)
	}
}
