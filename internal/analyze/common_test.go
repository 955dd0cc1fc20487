package analyze

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestCommon holds the lists against the standard library of this Go: the first has all, the second none that is not so.
func TestCommon(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "std").Output()
	if err != nil {
		t.Fatal(err)
	}
	above := map[string]string{"net/http": "net/http", "fmt": "fmt"}
	for line := range strings.Lines(string(out)) { // importers come after what they import
		fields := strings.Fields(line)
		for _, imp := range fields[1:] {
			if above[fields[0]] != "net/http" && above[imp] != "" {
				above[fields[0]] = above[imp]
			}
		}
		internal := strings.HasPrefix(fields[0], "vendor/") || slices.Contains(strings.Split(fields[0], "/"), "internal")
		got, want := Common(fields[0]), above[fields[0]]
		if got != want && (got != "" || want == "net/http") && !internal {
			t.Errorf("%s: got %q, want %q", fields[0], got, want)
		}
	}
	for _, c := range common {
		if got := Common("errors", c.importPath); got != c.importPath || len(c.above) < 5 {
			t.Errorf("%s: got %q", c.importPath, got)
		}
		out, err := exec.Command("go", "list", "-deps", c.importPath).Output()
		if err != nil {
			t.Fatal(err)
		}
		below := strings.Fields(string(out))
		for _, imp := range c.below {
			if !slices.Contains(below, imp) {
				t.Errorf("%s is not below %s", imp, c.importPath)
			}
		}
		if got := BeyondCommon(c.importPath, []string{"errors", "image/png", c.importPath}); !slices.Equal(got, []string{"image/png"}) {
			t.Errorf("%s: beyond it is %q", c.importPath, got)
		}
	}
	if got := BeyondCommon("", []string{"errors"}); len(got) != 1 {
		t.Errorf("beyond none is %q", got)
	}
	if got := Common("fmt", "net/rpc", "errors"); got != "net/http" {
		t.Errorf("got %q, want the largest", got)
	}
	if got := Common("errors", ""); got != "" {
		t.Errorf("got %q, want none", got)
	}
}
