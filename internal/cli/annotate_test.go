package cli

import (
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

// TestInTime: what does not end is an error.
func TestInTime(t *testing.T) {
	if got, err := inTime(time.Minute, func() (int, error) { return 1, nil }); got != 1 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
	if _, err := inTime(time.Millisecond, func() (int, error) { select {} }); err == nil {
		t.Error("what never ends is no error")
	}
}

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
	newAnnotateCommand(Env{}).Flags().VisitAll(func(f *pflag.Flag) { flags = append(flags, f.Name) })
	if diff := cmp.Diff(flags, described); diff != "" {
		t.Errorf("(-command +page):\n%s", diff)
	}
	if !slices.Contains(flags, "format") {
		t.Errorf("flags are %q", flags)
	}
}
