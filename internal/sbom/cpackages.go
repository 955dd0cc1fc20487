package sbom

import (
	"fmt"
	"slices"
	"strings"

	"github.com/package-url/packageurl-go"
	"github.com/spdx/tools-golang/spdx/v2/common"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"
)

// CPackage is a Debian package (or one of a distribution like it) from which the program has code, or which it needs to run. Or it
// is a compiler that brings its own libraries.
type CPackage struct {
	// Name, Version and Arch are those of the binary package: "libsqlite3-0", "3.40.1-2+deb12u1", "amd64".
	Name, Version, Arch string
	// Source is the name of its source package, by which advisories go; "" if it is Name.
	Source string
	// Generic says that it is of no distribution, such as zig.
	Generic bool
	// Distro is the distribution's ID and VERSION_ID of os-release(5): "debian-12".
	Distro string
	// Static says that the code is inside the program, not beside it.
	Static bool
	// Files are the paths of the libraries that it was linked with, or their names where they are no files of a package.
	Files []string
}

func (in *Input) cParts() []part {
	var parts []part
	for _, c := range slices.SortedFunc(slices.Values(in.CPackages), compareC) {
		relation := common.TypeRelationshipDynamicLink
		if c.Static {
			relation = common.TypeRelationshipStaticLink
		}
		parts = append(parts, part{pkg: c.spdx(), relation: relation})
	}
	return parts
}

func compareC(a, b CPackage) int {
	key := func(c CPackage) []string {
		return append([]string{
			c.Distro, c.Name, c.Version, c.Arch, c.Source, fmt.Sprint(c.Static, c.Generic),
		}, slices.Sorted(slices.Values(c.Files))...)
	}
	return slices.Compare(key(a), key(b))
}

// id is the package's identifier. The link is part of it: a program may have one library of a package inside and another one beside it.
func (c CPackage) id() common.ElementID {
	link := "dynamic"
	if c.Static {
		link = "static"
	}
	return elementID("C", c.origin(), c.Name, c.Version, c.Arch, link)
}

func (c CPackage) spdx() *spdx.Package {
	pkg := newPackage(c.id(), c.Name, c.Version, "LIBRARY")
	vendor, _, _ := strings.Cut(c.Distro, "-")
	if vendor != "" {
		pkg.PackageSupplier = supplier(strings.ToUpper(vendor[:1]) + vendor[1:])
	}
	if c.Source != "" && c.Source != c.Name {
		pkg.PackageSourceInfo = "built from source package " + c.Source
	}
	if len(c.Files) > 0 {
		pkg.PackageComment = "Linked with " + strings.Join(slices.Sorted(slices.Values(c.Files)), ", ")
	}
	kind := packageurl.TypeDebian
	if c.Generic {
		kind = packageurl.TypeGeneric
	}
	addURL(pkg, packageurl.PackageURL{
		Type: kind, Namespace: vendor, Name: c.Name, Version: c.Version, Qualifiers: c.qualifiers(),
	})
	return pkg
}

// origin tells packages of the same name apart.
func (c CPackage) origin() string {
	if c.Generic {
		return "generic"
	}
	return c.Distro
}

// qualifiers of the package URL, without empty ones. "upstream" is not in the purl specification of deb; syft writes it and
// grype needs it to find advisories, which name source packages.
func (c CPackage) qualifiers() packageurl.Qualifiers {
	values := map[string]string{"arch": c.Arch, "distro": c.Distro}
	if c.Source != c.Name {
		values["upstream"] = c.Source
	}
	qualifiers := packageurl.QualifiersFromMap(values)
	return slices.DeleteFunc(qualifiers, func(q packageurl.Qualifier) bool { return q.Value == "" })
}
