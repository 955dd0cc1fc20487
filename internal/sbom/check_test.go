package sbom_test

import (
	"bytes"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/package-url/packageurl-go"
	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx"
	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdxlib"

	"github.com/modship-build/modship/internal/licenses"
)

// read parses a document and checks what every one must keep to.
func read(t *testing.T, raw []byte) *spdx.Document {
	t.Helper()
	doc, err := spdxjson.Read(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if err := spdxlib.ValidateDocument(doc); err != nil {
		t.Error(err)
	}
	checkElements(t, doc)
	checkLicenses(t, doc)
	checkMinimum(t, doc)
	return doc
}

// checkElements: identifiers are valid and unique, and every element is related to another.
func checkElements(t *testing.T, doc *spdx.Document) {
	t.Helper()
	ids := map[common.ElementID]bool{doc.SPDXIdentifier: false}
	add := func(id common.ElementID) {
		if _, double := ids[id]; double {
			t.Errorf("identifier %s is not unique", id)
		}
		if !regexp.MustCompile(`^[a-zA-Z0-9.-]+$`).MatchString(string(id)) {
			t.Errorf("identifier %q is not valid", id)
		}
		ids[id] = false
	}
	for _, p := range doc.Packages {
		add(p.PackageSPDXIdentifier)
		if p.FilesAnalyzed != (p.PackageVerificationCode != nil) {
			t.Errorf("%s: filesAnalyzed and verification code disagree", p.PackageName)
		}
	}
	for _, f := range doc.Files {
		add(f.FileSPDXIdentifier)
	}
	for _, r := range doc.Relationships {
		ids[r.RefA.ElementRefID], ids[r.RefB.ElementRefID] = true, true
	}
	for id, related := range ids {
		if !related {
			t.Errorf("%s is in no relationship", id)
		}
	}
	if !regexp.MustCompile(`^https://github\.com/modship-build/modship/spdx/[0-9a-f]{64}$`).MatchString(doc.DocumentNamespace) {
		t.Errorf("documentNamespace = %q", doc.DocumentNamespace)
	}
}

func checkLicenses(t *testing.T, doc *spdx.Document) {
	t.Helper()
	var refs, explained []string
	for _, p := range doc.Packages {
		if d := p.PackageLicenseDeclared; d != "NOASSERTION" && !licenses.Valid(d) {
			t.Errorf("%s: licenseDeclared %q", p.PackageName, d)
		}
		if p.PackageLicenseConcluded != "NOASSERTION" {
			t.Errorf("%s: licenseConcluded %q", p.PackageName, p.PackageLicenseConcluded)
		}
		refs = append(refs, licenses.Refs(p.PackageLicenseDeclared)...)
	}
	for _, other := range doc.OtherLicenses {
		explained = append(explained, other.LicenseIdentifier)
	}
	slices.Sort(refs)
	if refs = slices.Compact(refs); !slices.Equal(refs, explained) {
		t.Errorf("LicenseRef used: %q, explained: %q", refs, explained)
	}
}

// checkMinimum goes through the data fields of "The Minimum Elements For a Software Bill of Materials" (NTIA, 2021): supplier,
// component, version, other identifiers, dependency relationship, author, timestamp.
func checkMinimum(t *testing.T, doc *spdx.Document) {
	t.Helper()
	for _, p := range doc.Packages {
		if p.PackageName == "" || p.PackageSupplier == nil || p.PackageDownloadLocation == "" {
			t.Errorf("%+v lacks a name, a supplier or a place", p)
		}
		var url *packageurl.PackageURL
		for _, r := range p.PackageExternalReferences {
			if r.RefType == common.TypePackageManagerPURL {
				u, err := packageurl.FromString(r.Locator)
				if err != nil || u.String() != r.Locator {
					t.Errorf("%s: package URL %q, canonical %q: %v", p.PackageName, r.Locator, u.String(), err)
				}
				url = &u
			}
		}
		if url == nil && len(p.PackageChecksums) > 0 {
			continue // files compiled outside of a module: the checksum is what identifies them
		}
		if url == nil || url.Version != p.PackageVersion {
			t.Errorf("%s %s: package URL %v", p.PackageName, p.PackageVersion, url)
		}
	}
	if len(doc.CreationInfo.Creators) == 0 {
		t.Error("no author")
	}
	if _, err := time.Parse("2006-01-02T15:04:05Z", doc.CreationInfo.Created); err != nil {
		t.Error(err)
	}
}
