package analyze

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOf takes from the closure of several programs what one of them imports, in the same order.
func TestOf(t *testing.T) {
	all := Closure{
		Imports: []string{"example.com/a", "example.com/b", "example.com/c"},
		Packages: []Package{
			{ImportPath: "os", Standard: true},
			{ImportPath: "example.com/low", Imports: []string{"os"}},
			{ImportPath: "example.com/b", Imports: []string{"example.com/low", "example.com/needs"}},
			{ImportPath: "example.com/a", Imports: []string{"example.com/low", "example.com/own"}},
			{ImportPath: "example.com/c", Imports: []string{"example.com/failed", "os"}},
		},
		NeedsCgo: []string{"example.com/needs"},
		Reached:  []string{"example.com/own"},
		Failed:   []string{"example.com/failed"},
	}
	for _, test := range []struct {
		imports []string
		want    Closure
	}{
		{nil, Closure{}},
		{[]string{"example.com/a"}, Closure{Packages: []Package{all.Packages[0], all.Packages[1], all.Packages[3]}, Reached: all.Reached}},
		{[]string{"example.com/b"}, Closure{Packages: []Package{all.Packages[0], all.Packages[1], all.Packages[2]}, NeedsCgo: all.NeedsCgo}},
		{[]string{"example.com/c"}, Closure{Packages: []Package{all.Packages[0], all.Packages[4]}, Failed: all.Failed}},
		{all.Imports, all},
	} {
		test.want.Imports = test.imports
		if diff := cmp.Diff(test.want, all.Of(test.imports)); diff != "" {
			t.Errorf("of %v: %s", test.imports, diff)
		}
	}
}
