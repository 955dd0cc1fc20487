package stepprogram

import (
	"testing"
	"testing/fstest"
)

func TestDigest(t *testing.T) {
	data := func(amd64, arm64 string) fstest.MapFS {
		return fstest.MapFS{Name("amd64") + Suffix: {Data: []byte(amd64)}, Name("arm64") + Suffix: {Data: []byte(arm64)}}
	}
	both := []string{"amd64", "arm64"}
	seen := map[string]bool{}
	for _, c := range []struct {
		data   fstest.MapFS
		arches []string
	}{{data("a", "b"), both}, {data("b", "a"), both}, {data("a", "c"), both}, {data("a", "b"), both[:1]}} {
		d, err := digestOf(c.data, c.arches)
		if err != nil || d.Validate() != nil || seen[d.String()] {
			t.Errorf("%q, %v: it was there before, or is none", d, err)
		}
		seen[d.String()] = true
	}
	if d, err := digestOf(data("a", "b"), nil); d != "" || err != nil {
		t.Errorf("without programs: %q, %v", d, err)
	}
	if _, err := digestOf(fstest.MapFS{}, both); err == nil {
		t.Error("missing programs have a digest")
	}
}
