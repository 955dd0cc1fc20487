package toolchain

import (
	"errors"
	"go/version"
	"strings"
	"testing"
)

// TestCheckC: the releases around each fix, lines that have none, prereleases, and what is no release of Go's own.
func TestCheckC(t *testing.T) {
	for release, want := range map[string]string{
		"1.21.0":             "CVE-2023-39323, CVE-2025-61731, CVE-2025-61732",
		"go1.21.2":           "CVE-2025-61731, CVE-2025-61732",
		"1.21.13":            "CVE-2025-61731, CVE-2025-61732",
		"1.22.0":             "CVE-2025-61731, CVE-2025-61732",
		"1.23.12":            "CVE-2025-61731, CVE-2025-61732",
		"1.24.11":            "CVE-2025-61731, CVE-2025-61732",
		"1.24.12":            "CVE-2025-61732",
		"1.24.13":            "",
		"1.25.0":             "CVE-2025-61731, CVE-2025-61732",
		"1.25.6":             "CVE-2025-61732",
		"1.25.7":             "",
		"1.25.14":            "",
		"1.26.0":             "",
		"1.24rc1":            "CVE-2025-61731, CVE-2025-61732",
		"1.25rc3":            "CVE-2025-61731, CVE-2025-61732",
		"go1.26rc1":          unlisted,
		"1.26rc3":            unlisted,
		"1.27beta1":          unlisted,
		"1.99rc1":            unlisted,
		"1.27.0":             "",
		"go1.27rc1-company":  "",
		"":                   "",
		"1.22":               "",
		"go1.22.9 (Company)": "",
		"go1.22.9-company":   "",
		"devel go1.22-abc":   "",
	} {
		err := CheckC(release)
		if got := WithoutC(release); (got != "") != (err != nil) || want != "" && !strings.Contains(got, want) {
			t.Errorf("%s without C: %q", release, got)
		}
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), ": "+want+";")) {
			t.Errorf("%s: %v, want %q", release, err, want)
		}
	}
}

// TestCheckCHelp: what is advised is not refused.
func TestCheckCHelp(t *testing.T) {
	releases := []string{"go1.26rc1", "go1.27beta1", "go1.99rc2"}
	for _, m := range Minimums() {
		releases = append(releases, m.Line+"rc1", m.Line+".0", m.Line+".1")
	}
	for _, release := range releases {
		want, ok := errors.AsType[*WantError](CheckC(release))
		if !ok {
			continue
		}
		advised, _, _ := strings.Cut(strings.TrimPrefix(want.Help, "use "), " ")
		if !isRelease(advised) || CheckC(advised) != nil || version.Compare(advised, release) <= 0 {
			t.Errorf("%s: advised is %q", release, want.Help)
		}
	}
}

// TestCheckCOf: the error points at what chose the version.
func TestCheckCOf(t *testing.T) {
	for _, c := range []struct {
		toolchain, language, config string
		want                        Input
	}{
		{"", "1.22", "", InputLanguage},
		{"go1.22.5", "1.22", "", InputToolchain},
		{"go1.22.5", "1.22", "1.22.7", InputConfig},
		{"", "1.21", "1.22", InputConfig},
		{"default", "1.22", "", InputLanguage},
	} {
		want, ok := errors.AsType[*WantError](CheckCOf("1.22.5", c.toolchain, c.language, c.config))
		if !ok || want.Input != c.want {
			t.Errorf("%+v: %+v", c, want)
		}
	}
}

// TestMinimums: the table follows from the faults.
func TestMinimums(t *testing.T) {
	var got []string
	for _, m := range Minimums() {
		got = append(got, m.Line+"="+m.Release)
		if len(m.Because) == 0 {
			t.Errorf("%s has no reason", m.Line)
		}
		if m.Release != "" && CheckC(m.Release) != nil {
			t.Errorf("%s is refused", m.Release)
		}
	}
	if want := "go1.21= go1.22= go1.23= go1.24=go1.24.13 go1.25=go1.25.7"; strings.Join(got, " ") != want {
		t.Errorf("%q, want %q", got, want)
	}
}
