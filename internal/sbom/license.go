package sbom

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"

	"github.com/modship-build/modship/internal/licenses"
)

// declared is the licence of a module by the path that the program imports.
func (in *Input) declared(module string) string {
	if expression := in.Licenses[module]; expression != "" {
		return expression
	}
	return noAssertion
}

func (in *Input) checkLicenses() error {
	var errs []error
	for _, module := range slices.Sorted(maps.Keys(in.Licenses)) {
		if expression := in.Licenses[module]; expression != "" && !licenses.Valid(expression) {
			errs = append(errs, fmt.Errorf("license of %s: %q is no SPDX license expression", module, expression))
		}
	}
	return errors.Join(errs...)
}

// otherLicenses says of every LicenseRef- in the document that its text is elsewhere; SPDX requires an entry for each (10.1).
func otherLicenses(packages []*spdx.Package) []*spdx.OtherLicense {
	var refs []string
	for _, pkg := range packages {
		refs = append(refs, licenses.Refs(pkg.PackageLicenseDeclared)...)
	}
	slices.Sort(refs)
	var others []*spdx.OtherLicense
	for _, ref := range slices.Compact(refs) {
		others = append(others, &spdx.OtherLicense{
			LicenseIdentifier: ref,
			LicenseName:       noAssertion,
			ExtractedText:     noAssertion,
			LicenseComment:    "The text is in the license files of the packages that declare it.",
		})
	}
	return others
}
