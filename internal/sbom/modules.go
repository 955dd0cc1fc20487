package sbom

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spdx/tools-golang/spdx/v2/common"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"
	"golang.org/x/mod/modfile"

	"github.com/modship-build/modship/internal/binary"
)

const (
	// h1Type is the page that defines the hash that h1Comment speaks of.
	h1Type    = "https://go.dev/ref/mod#go-sum-files"
	h1Comment = "golang.org/x/mod/sumdb/dirhash.Hash1 of the module's files"
)

// programPackage is the program. Its only file is known, so it is the one package with filesAnalyzed.
func (in *Input) programPackage(id common.ElementID) *spdx.Package {
	module := in.Facts.Module
	pkg := newPackage(id, cmp.Or(in.Facts.Path, in.Image), stated(module.Version), "APPLICATION")
	pkg.PackageFileName = fileName(in.Program)
	pkg.PackageSupplier = supplier(in.Vendor)
	pkg.FilesAnalyzed = true
	pkg.PackageVerificationCode = &common.PackageVerificationCode{Value: verificationCode(in.Program)}
	pkg.PackageChecksums = []common.Checksum{{Algorithm: common.SHA256, Value: in.Program.SHA256}}
	pkg.PackageLicenseInfoFromFiles = []string{noAssertion}
	pkg.PackageLicenseDeclared = in.declared(module.Path)
	if subpath, ok := strings.CutPrefix(in.Facts.Path+"/", module.Path+"/"); ok && module.Path != "" {
		addURL(pkg, goURL(module.Path, stated(module.Version), strings.TrimSuffix(subpath, "/")))
	}
	return pkg
}

// mainModule is the source of the program, or nothing when it was compiled outside of any module.
func (in *Input) mainModule() []part {
	m := in.Facts.Module
	if m.Path == "" {
		return nil
	}
	pkg := in.modulePackage(m, "SOURCE")
	pkg.PackageSupplier = supplier(in.Vendor)
	if revision := in.Facts.Settings["vcs.revision"]; revision != "" {
		pkg.PackageSourceInfo = strings.TrimSpace(in.Facts.Settings["vcs"] + " revision " + revision)
		if in.Facts.Settings["vcs.modified"] == "true" {
			pkg.PackageSourceInfo += ", modified"
		}
	}
	return []part{{pkg: pkg, relation: common.TypeRelationshipGeneratedFrom}}
}

// modules are the dependencies.
func (in *Input) modules() []part {
	var parts []part
	for _, m := range slices.SortedFunc(slices.Values(in.Facts.Deps), compareModules) {
		parts = append(parts, part{pkg: in.modulePackage(m, "LIBRARY"), relation: common.TypeRelationshipDependsOn})
	}
	return parts
}

func compareModules(a, b binary.Module) int {
	if c := cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Sum, b.Sum)); c != 0 {
		return c
	}
	var none binary.Module
	if a.Replace == nil && b.Replace == nil {
		return 0
	}
	return compareModules(*cmp.Or(a.Replace, &none), *cmp.Or(b.Replace, &none))
}

// modulePackage describes the module whose code is in the program. The identifier is that of the required module, since one
// replacement may stand for several.
func (in *Input) modulePackage(required binary.Module, purpose string) *spdx.Package {
	id := elementID("Module", required.Path, required.Version)
	m := required
	var source string
	if r := required.Replace; r != nil && isDirectory(*r) {
		// The path of a directory says something of the machine, and nothing to who reads this elsewhere.
		m.Version, m.Sum = "", ""
		source = fmt.Sprintf("a directory in place of %s %s", required.Path, required.Version)
	} else if r != nil {
		m = *r
		source = fmt.Sprintf("replaces %s %s", required.Path, required.Version)
	}
	version := stated(m.Version)
	pkg := newPackage(id, m.Path, version, purpose)
	pkg.PackageSourceInfo = source
	pkg.PackageLicenseDeclared = in.declared(required.Path)
	addURL(pkg, goURL(m.Path, version, ""))
	if m.Sum != "" {
		pkg.PackageExternalReferences = append(pkg.PackageExternalReferences, &spdx.PackageExternalReference{
			Category: common.CategoryOther, RefType: h1Type, Locator: m.Sum, ExternalRefComment: h1Comment,
		})
	}
	return pkg
}

// isDirectory says whether a replacement is a directory; only a module has a version.
func isDirectory(m binary.Module) bool {
	return modfile.IsDirectoryPath(m.Path) || stated(m.Version) == ""
}

// stated is the version, or "" for what the linker writes when it knows none.
func stated(version string) string {
	if version == "(devel)" {
		return ""
	}
	return version
}
