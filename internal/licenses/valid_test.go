package licenses_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/github/go-spdx/v2/spdxexp"
	"github.com/google/licensecheck"

	"github.com/modship-build/modship/internal/licenses"
)

func TestValid(t *testing.T) {
	for _, expression := range []string{
		"MIT", "mit", "Apache-2.0 OR MIT", "(MIT AND ISC) OR 0BSD", "GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0", "GPL-2.0+",
		"Apache-2.0+", "LicenseRef-Proprietary", "MIT AND LicenseRef-a.b-1", " MIT ", "MIT  AND  ISC", "GFDL-1.3-or-later", "CDDL-1.0+",
	} {
		if !licenses.Valid(expression) {
			t.Errorf("%q is refused", expression)
		}
	}
	for _, expression := range []string{
		"", " ", "NONE", "NOASSERTION", "Apache 2.0", "MIT License", "MIT/ISC", "MIT, ISC", "MIT AND", "AND", "MIT ISC", "(MIT", "MIT)", "()",
		"MIT or ISC", "MIT and ISC", "MIT\nAND ISC", "MIT WITH ISC", "Classpath-exception-2.0", "MIT-only", "Apache-2.0-or-later",
		"LicenseRef-", "LicenseRef-a+", "MIT WITH", "MIT AND (", "(MIT) WITH Classpath-exception-2.0", "DocumentRef-x", "MIT++", "GPL-2.0++", "+", "I\u017fC", "LicenseRef-a_b", "LicenseRef-ä", "DocumentRef-x:LicenseRef-y", "proprietary", "MIT\x00", "MIT +",
		strings.Repeat("(", 1000) + "MIT" + strings.Repeat(")", 999), "MIT" + strings.Repeat(" AND MIT", 1000),
	} {
		if licenses.Valid(expression) {
			t.Errorf("%q is accepted", expression)
		}
	}
}

// TestIdentifiers: everything that licensecheck may answer becomes a valid expression, or nothing on purpose.
func TestIdentifiers(t *testing.T) {
	var none []string
	for _, l := range licensecheck.BuiltinLicenses() {
		id := licenses.SPDXID(l.ID)
		if id == "" {
			none = append(none, l.ID)
		} else if !licenses.Valid(id) {
			t.Errorf("%s becomes %q, which is not valid", l.ID, id)
		}
	}
	slices.Sort(none)
	if want := []string{"GooglePatentClause", "GooglePatentsFile"}; !slices.Equal(slices.Compact(none), want) {
		t.Errorf("left out: %q, want %q", none, want)
	}
}

func TestRefs(t *testing.T) {
	got := licenses.Refs("(LicenseRef-b AND MIT) OR LicenseRef-a AND LicenseRef-b")
	if want := []string{"LicenseRef-a", "LicenseRef-b"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := licenses.Refs("MIT"); len(got) > 0 {
		t.Errorf("got %q of MIT", got)
	}
}

// FuzzValid: what is valid alone is valid together, each LicenseRef- in it is a valid expression, and go-spdx agrees (it accepts
// more, and panics on some of what is not valid).
func FuzzValid(f *testing.F) {
	for _, s := range []string{"MIT", "(MIT OR ISC)", "GPL-2.0+", "LicenseRef-x", "Apache-2.0-or-later)", "DocumentRef-", "GPL-2.0-only WITH Classpath-exception-2.0"} {
		f.Add(s, "ISC")
		f.Add(s, "(")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		together := "(" + a + ") AND (" + b + ")"
		if len(together) > 4096 {
			return
		}
		if ok := licenses.Valid(a) && licenses.Valid(b); ok && !licenses.Valid(together) {
			t.Errorf("%q is not valid, its parts are", together)
		}
		if !licenses.Valid(a) {
			return
		}
		if ok, _ := spdxexp.ValidateLicenses([]string{a}); !ok {
			t.Errorf("go-spdx refuses %q", a)
		}
		for _, ref := range licenses.Refs(a) {
			if !licenses.Valid(ref) {
				t.Errorf("%q of %q is not valid", ref, a)
			}
		}
	})
}
