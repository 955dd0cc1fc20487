//go:build linux

package integration

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// TestScanner asks for a scanner, which BuildKit itself would not run where a frontend gives an SBOM.
func TestScanner(t *testing.T) {
	t.Parallel()
	setUp(t)
	img, err := newImage(v1.Config{Entrypoint: []string{"/scanner"}},
		imageFile{name: "scanner", mode: 0o755, data: compileProgram(t, "amd64", "testdata/scanner")})
	if err != nil {
		t.Fatal(err)
	}
	scanner, err := lab.push("scanner:1", img)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, config string
		flags        []string
		want         []string // the names of the documents
	}{
		{"own", "", nil, []string{"example.com/stamp"}},
		{"own and scanned", "", []string{"--sbom", "generator=" + scanner}, []string{"example.com/stamp", "scanned"}},
		{"scanned", "sbom: off\n", []string{"--sbom", "generator=" + scanner}, []string{"scanned"}},
		{"off", "sbom: off\n", nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachMode(t, func(t *testing.T, m mode) {
				r := m.build(t, build{dir: newCheckout(t, c.config), platforms: twoPlatforms,
					flags: append([]string{"--provenance", "mode=min"}, c.flags...)})
				all := statements(t, r)
				for id := range r.images(t) {
					var names []string
					for _, doc := range sbomsOf(t, all[id]) {
						names = append(names, doc.DocumentName)
						if doc.DocumentName == "scanned" && !strings.Contains(doc.DocumentComment, "/usr/local/bin/stamp") {
							t.Errorf("%s: the scanner has not seen the program, but %q", id, doc.DocumentComment)
						}
					}
					slices.Sort(names) // BuildKit puts the scanner's first
					if diff := cmp.Diff(c.want, names); diff != "" {
						t.Errorf("SPDX documents of %s (-want +got):\n%s", id, diff)
					}
				}
			})
		})
	}
}
