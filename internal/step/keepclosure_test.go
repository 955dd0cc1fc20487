package step

import "testing"

func TestInside(t *testing.T) {
	for _, test := range []struct {
		dir, name, rel string
		ok             bool
	}{
		{"/go/modcache", "/go/modcache/a@v1/x.go", "a@v1/x.go", true},
		{"/go/modcache", "/go/modcache//a", "a", true},
		{"/go/modcache", "/go/modcache/", "", true},
		{"/go/modcache", "/go/modcache2/a", "", false},
		{"/go/modcache", "/go/modcache/../kept/a", "", false},
	} {
		rel, ok := inside(test.dir, test.name)
		if ok != test.ok || ok && rel != test.rel {
			t.Errorf("inside(%q, %q) = %q, %t", test.dir, test.name, rel, ok)
		}
	}
}
