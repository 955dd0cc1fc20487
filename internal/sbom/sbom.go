// Package sbom writes down what the program of an image is made of, or each of several, as an SPDX 2.3 document in JSON: the predicate
// of the in-toto attestation (type https://spdx.dev/Document) that accompanies an image.
//
// The facts are those that the linker left in the program (internal/binary), so the document lists the modules that are in it
// and not all that go.mod names. The document is a pure function of its input and does not depend on the order of lists: the
// identifiers come from paths and versions, the namespace from the content, the time from the caller.
//
// Where SPDX leaves a choice:
//
//   - The document DESCRIBES each program, which CONTAINS its file, is GENERATED_FROM the main module and DEPENDS_ON the other
//     modules and the standard library (the linker leaves a list, no graph). The toolchain is BUILD_TOOL_OF it; C packages
//     are its STATIC_LINK or DYNAMIC_LINK.
//   - A replaced module appears as what replaced it, because that code is in the program and has the vulnerabilities.
//   - The h1: hash of a module is an external reference and no checksum. Clause 7.10 wants the hash of the package's file, and h1 is
//     a SHA-256 over a list of file names and hashes: as a checksum "SHA256", which some tools write, it would make a verifier
//     that hashes the module's zip report tampering. The reference's type is the page that defines the hash.
//   - licenseDeclared is what the licence files say. licenseConcluded is NOASSERTION: nobody looked at the code itself.
//   - A supplier or version that nobody stated is NOASSERTION or absent. "(devel)" is not a version.
//   - Package URLs are in canonical form, where the purl specification makes Go's paths lower case; names keep their case.
package sbom

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	spdxjson "github.com/spdx/tools-golang/json"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/target"
)

// namespace is what the documents' unique names begin with; there is no page behind it (SPDX 2.3, 6.5, asks for none).
const namespace = "https://github.com/modship-build/modship/spdx/"

// Input is what is known of one image.
type Input struct {
	// Image is the document's name: the image's or the main module's.
	Image string
	// Target is the image's platform.
	Target target.Target
	// Created is the time of the image, to the second; never the clock's.
	Created time.Time
	// Vendor supplies the program and the main module, "" if nobody says so.
	Vendor string
	// Facts are what the program says of itself, with build information.
	Facts *binary.Facts
	// Program is its file.
	Program binary.File
	// Licenses are SPDX licence expressions by the path of a module: the path by which the program imports it, also when
	// another module replaces it. One that is missing or "" is unknown.
	Licenses map[string]string
	// CPackages are the packages of a Linux distribution that the program is linked with.
	CPackages []CPackage
	// Beside are further programs of the image.
	Beside []Program
	// Annotations are statements about the program, in sentences.
	Annotations []string
	// Tool is the program that makes the document, and Version its version, "" if that is not known.
	Tool, Version string
}

// Program is what is known of a further program, as [Input] has it of the first.
type Program struct {
	Facts     *binary.Facts
	File      binary.File
	CPackages []CPackage
}

// SPDX gives the document. The error is about input that makes no valid document: no build information, hashes that are none,
// an invalid licence expression.
func SPDX(in Input) ([]byte, error) {
	if err := in.check(); err != nil {
		return nil, fmt.Errorf("making SBOM of %s: %w", in.Image, err)
	}
	doc := in.document()
	// The namespace must differ between different documents, so it is the hash of this one without it.
	unnamed, err := encode(doc)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(unnamed)
	doc.DocumentNamespace = namespace + hex.EncodeToString(sum[:])
	return encode(doc)
}

func encode(doc *spdx.Document) ([]byte, error) {
	var b bytes.Buffer
	if err := spdxjson.Write(doc, &b, spdxjson.Indent(" "), spdxjson.EscapeHTML(false)); err != nil {
		return nil, fmt.Errorf("encoding SBOM: %w", err)
	}
	return b.Bytes(), nil
}

func (in *Input) check() error {
	var errs []error
	if in.Image == "" {
		errs = append(errs, errors.New("document has no name"))
	}
	if in.Tool == "" {
		errs = append(errs, errors.New("document has no maker"))
	}
	for _, one := range in.programs() {
		if one.Facts == nil || one.Facts.GoVersion == "" {
			errs = append(errs, errors.New("program has no build information"))
		}
		errs = append(errs, checkProgram(one.Program))
	}
	return errors.Join(append(errs, in.checkLicenses())...)
}
