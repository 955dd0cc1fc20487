package sbom

import (
	"fmt"
	"path"
	"strings"

	"github.com/package-url/packageurl-go"
	"github.com/spdx/tools-golang/spdx/v2/common"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"
)

// elementID gives an SPDX identifier, of letters, digits, "." and "-" (SPDX 2.3, 7.2), to a thing with these names. Each byte that
// is none of letter, digit and "." becomes "-" and its code, and "--" comes before each name, so different names have different
// identifiers.
func elementID(kind string, names ...string) common.ElementID {
	var b strings.Builder
	b.WriteString(kind)
	for _, name := range names {
		b.WriteString("--")
		for _, c := range []byte(name) {
			if isPlain(c) {
				b.WriteByte(c)
			} else {
				fmt.Fprintf(&b, "-%02X", c)
			}
		}
	}
	return common.ElementID(b.String())
}

func isPlain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.'
}

// goURL gives the package URL of a package of a Go module; version and subpath may be "".
func goURL(module, version, subpath string) packageurl.PackageURL {
	namespace, name := path.Split(module)
	return packageurl.PackageURL{
		Type: packageurl.TypeGolang, Namespace: strings.TrimSuffix(namespace, "/"), Name: name, Version: version, Subpath: subpath,
	}
}

// addURL adds a package URL in its canonical form, unless there is none: a hostile program may name a module "".
func addURL(pkg *spdx.Package, url packageurl.PackageURL) {
	if url.Normalize() != nil {
		return
	}
	pkg.PackageExternalReferences = append(pkg.PackageExternalReferences, &spdx.PackageExternalReference{
		Category: common.CategoryPackageManager, RefType: common.TypePackageManagerPURL, Locator: url.String(),
	})
}
