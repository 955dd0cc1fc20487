package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParsePairs(t *testing.T) {
	got, err := parsePairs(`Type=oci,"name=a,b",dest=x=y`)
	if err != nil {
		t.Fatal(err)
	}
	want := []pair{{"type", "oci"}, {"name", "a,b"}, {"dest", "x=y"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(pair{})); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"", "type", "type=oci,dest", `"type=oci`} {
		if p, err := parsePairs(bad); err == nil {
			t.Errorf("%q passes for %v", bad, p)
		}
	}
}

// What formatPairs writes, parsePairs reads: paths with commas and quotes reach BuildKit's parsers unharmed.
func FuzzPairsRoundTrip(f *testing.F) {
	f.Add("src", "/etc/ssl/cert.pem")
	f.Add("name", `a,"b",c`)
	f.Add("x", " leading and trailing ")
	f.Fuzz(func(t *testing.T, key, value string) {
		if key == "" || key != strings.ToLower(strings.TrimSpace(key)) || strings.ContainsAny(key+value, "\r\n") || strings.Contains(key, "=") {
			t.Skip("no key of a flag")
		}
		want := []pair{{"id", "ca"}, {key, value}}
		text := formatPairs(want)
		got, err := parsePairs(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(pair{})); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	})
}
