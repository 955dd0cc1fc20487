package sbom

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spdx/tools-golang/spdx/v2/common"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"
)

const (
	noAssertion = "NOASSERTION"
	// These two elements are one of a kind, so their identifiers need no path: the document, and its first program.
	documentID common.ElementID = "DOCUMENT"
	programID  common.ElementID = "Program"
)

// part is a package and its relationship to the program: "program relation package", or, where SPDX only has that direction, the
// other way round.
type part struct {
	pkg      *spdx.Package
	relation string
	reverse  bool
}

// document puts the parts together. It has no namespace yet.
func (in *Input) document() *spdx.Document {
	doc := &spdx.Document{
		SPDXVersion:     spdx.Version,
		DataLicense:     spdx.DataLicense,
		SPDXIdentifier:  documentID,
		DocumentName:    in.Image,
		DocumentComment: fmt.Sprintf("The program in %s for %s.", in.Image, in.Target),
		CreationInfo:    in.creation(),
	}
	if len(in.Beside) > 0 {
		doc.DocumentComment = fmt.Sprintf("The programs in %s for %s.", in.Image, in.Target)
	}
	seen := make(map[common.ElementID]bool)
	for i, one := range in.programs() {
		id := programID
		if i > 0 {
			id = elementID("Program", one.Program.Path)
		}
		one.describe(doc, id, seen)
	}
	doc.OtherLicenses = otherLicenses(doc.Packages)
	return doc
}

// describe adds one program to the document, and of its parts the packages that others have not added.
func (in *Input) describe(doc *spdx.Document, id common.ElementID, seen map[common.ElementID]bool) {
	program, file := in.programPackage(id), in.programFile()
	program.Annotations = in.annotations(doc.CreationInfo)
	doc.Packages, doc.Files = append(doc.Packages, program), append(doc.Files, file)
	doc.Relationships = append(doc.Relationships,
		related(documentID, common.TypeRelationshipDescribe, id), related(id, common.TypeRelationshipContains, file.FileSPDXIdentifier))
	for _, p := range in.parts() {
		of := p.pkg.PackageSPDXIdentifier
		if !seen[of] {
			doc.Packages = append(doc.Packages, p.pkg)
		}
		seen[of] = true
		if p.reverse {
			doc.Relationships = append(doc.Relationships, related(of, p.relation, id))
		} else {
			doc.Relationships = append(doc.Relationships, related(id, p.relation, of))
		}
	}
}

// parts lists all but the program, sorted by kind and by path, and each once: the list of a hostile program may repeat itself.
func (in *Input) parts() []part {
	parts := slices.Concat(in.mainModule(), in.modules(), in.goParts(), in.cParts())
	seen := make(map[common.ElementID]bool, len(parts))
	return slices.DeleteFunc(parts, func(p part) bool {
		id := p.pkg.PackageSPDXIdentifier
		double := seen[id]
		seen[id] = true
		return double
	})
}

func (in *Input) creation() *spdx.CreationInfo {
	tool := in.Tool
	if in.Version != "" {
		tool += "-" + in.Version
	}
	return &spdx.CreationInfo{
		Creators: []common.Creator{{CreatorType: "Tool", Creator: tool}},
		Created:  in.Created.UTC().Format(time.RFC3339),
	}
}

// annotations are made by the tool that makes the document, and at its time.
func (in *Input) annotations(info *spdx.CreationInfo) []spdx.Annotation {
	var all []spdx.Annotation
	for _, text := range in.Annotations {
		all = append(all, spdx.Annotation{
			Annotator:      common.Annotator{AnnotatorType: info.Creators[0].CreatorType, Annotator: info.Creators[0].Creator},
			AnnotationDate: info.Created, AnnotationType: "OTHER", AnnotationComment: text,
		})
	}
	return all
}

func (in *Input) programFile() *spdx.File {
	return &spdx.File{
		FileName:           fileName(in.Program),
		FileSPDXIdentifier: elementID("File", in.Program.Path),
		FileTypes:          []string{"BINARY"},
		Checksums: []common.Checksum{
			{Algorithm: common.SHA1, Value: in.Program.SHA1},
			{Algorithm: common.SHA256, Value: in.Program.SHA256},
		},
		LicenseConcluded:   noAssertion,
		LicenseInfoInFiles: []string{noAssertion},
		FileCopyrightText:  noAssertion,
		FileComment:        in.fileComment(),
	}
}

func (in *Input) fileComment() string {
	about := []string{fmt.Sprintf("%d bytes", in.Program.Size)}
	if id := in.Facts.BuildID; id != "" {
		about = append(about, "Go build ID "+id)
	}
	return strings.Join(about, ", ")
}

func related(a common.ElementID, relation string, b common.ElementID) *spdx.Relationship {
	return &spdx.Relationship{
		RefA: common.DocElementID{ElementRefID: a}, Relationship: relation, RefB: common.DocElementID{ElementRefID: b},
	}
}

// newPackage gives a package of which nobody looked at the files, and which says of everything else that it is unknown.
func newPackage(id common.ElementID, name, version, purpose string) *spdx.Package {
	return &spdx.Package{
		PackageName:             name,
		PackageSPDXIdentifier:   id,
		PackageVersion:          version,
		PackageSupplier:         supplier(""),
		PackageDownloadLocation: noAssertion,
		PackageLicenseConcluded: noAssertion,
		PackageLicenseDeclared:  noAssertion,
		PackageCopyrightText:    noAssertion,
		PrimaryPackagePurpose:   purpose,
	}
}

func supplier(organization string) *common.Supplier {
	if organization == "" {
		return &common.Supplier{Supplier: noAssertion}
	}
	return &common.Supplier{SupplierType: "Organization", Supplier: organization}
}
