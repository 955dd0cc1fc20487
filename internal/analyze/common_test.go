package analyze

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestHasCommon holds the list against the standard library of this Go.
func TestHasCommon(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "std").Output()
	if err != nil {
		t.Fatal(err)
	}
	above := map[string]bool{Common: true}
	for line := range strings.Lines(string(out)) { // importers come after what they import
		fields := strings.Fields(line)
		if slices.ContainsFunc(fields[1:], func(imp string) bool { return above[imp] }) {
			above[fields[0]] = true
		}
		internal := strings.HasPrefix(fields[0], "vendor/") || slices.Contains(strings.Split(fields[0], "/"), "internal")
		if got := HasCommon(fields[0]); got != above[fields[0]] && !internal {
			t.Errorf("%s: got %t, want %t", fields[0], got, above[fields[0]])
		}
	}
	if len(above) < 5 {
		t.Errorf("found %v", above)
	}
}
