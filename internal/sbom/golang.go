package sbom

import (
	"go/version"
	"strings"

	"github.com/spdx/tools-golang/spdx/v2/common"
)

const (
	// goLicense is the licence of the standard library and the toolchain ($GOROOT/LICENSE).
	goLicense  = "BSD-3-Clause"
	goSupplier = "The Go Authors"
)

// goParts are the standard library and the toolchain, under the names that the Go vulnerability database has for them
// (https://go.dev/doc/security/vuln/database, "stdlib" and "toolchain").
func (in *Input) goParts() []part {
	number, more := goVersion(in.Facts.GoVersion)
	var parts []part
	for _, p := range []struct {
		name, purpose, relation string
		reverse                 bool
	}{
		{"stdlib", "LIBRARY", common.TypeRelationshipDependsOn, false},
		{"toolchain", "APPLICATION", common.TypeRelationshipBuildToolOf, true},
	} {
		pkg := newPackage(elementID("Go", p.name, number), p.name, number, p.purpose)
		pkg.PackageSupplier = supplier(goSupplier)
		pkg.PackageLicenseDeclared = goLicense
		if more {
			pkg.PackageSourceInfo = in.Facts.GoVersion
		}
		addURL(pkg, goURL(p.name, number, ""))
		parts = append(parts, part{pkg: pkg, relation: p.relation, reverse: p.reverse})
	}
	return parts
}

// goVersion gives "1.26.8" for "go1.26.8", and whether the version says more than that: experiments ("go1.26.8 X:loopvar"). What
// is no release ("devel go1.27-abc") has no number.
func goVersion(s string) (number string, more bool) {
	word, _, more := strings.Cut(s, " ")
	if !version.IsValid(word) {
		return "", true
	}
	return strings.TrimPrefix(word, "go"), more
}
