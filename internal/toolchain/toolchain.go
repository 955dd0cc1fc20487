// Package toolchain chooses and fetches the exact Go that a module asks for.
//
// Toolchains come through the module proxy as golang.org/toolchain@v0.0.1-goX.Y.Z.GOOS-GOARCH and are verified against the
// checksum database before anything is visible at the destination (https://go.dev/doc/toolchain). The rules are cmd/go's
// (modfetch/sumdb.go, toolchain/select.go), made stricter where that package makes exceptions: a toolchain is a program that the
// build runs, so
//
//   - it is always looked up in the checksum database, whatever GONOSUMDB and GOPRIVATE say;
//   - with GOSUMDB=off it is refused, unless the configuration pins its hash;
//   - GOPROXY's "direct" is refused, as are file: proxies and a GONOPROXY that matches golang.org/toolchain.
//
// Choosing ([Exact], [Choose]) is pure. Fetching ([Versions], [Fetch]) is package modfetch's. Errors name the module and version.
//
// Go versions are written as Go itself writes them, "go1.26.8" (package go/version); functions also take them without "go".
package toolchain

import (
	"fmt"
	"go/version"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

const (
	// ModulePath is the module that Go toolchains are published as.
	ModulePath = "golang.org/toolchain"
	// modulePrefix stands before the Go version in every version of ModulePath.
	modulePrefix = "v0.0.1-"
	// firstPublished is the first Go that is published as ModulePath (https://go.dev/doc/toolchain#select).
	firstPublished = "go1.21"
)

// ModuleVersion returns the module that holds one Go toolchain, for example golang.org/toolchain@v0.0.1-go1.26.8.linux-amd64.
func ModuleVersion(goVersion, os, arch string) (module.Version, error) {
	v := canonical(goVersion)
	if !isRelease(v) {
		return module.Version{}, fmt.Errorf("%q is not the version of a Go release, such as go1.26.8", goVersion)
	}
	for _, name := range []string{os, arch} {
		if name == "" || strings.ContainsFunc(name, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
			return module.Version{}, fmt.Errorf("%q is not a GOOS or GOARCH", name)
		}
	}
	return module.Version{Path: ModulePath, Version: modulePrefix + v + "." + os + "-" + arch}, nil
}

// goVersions picks the Go versions for one platform out of a proxy's version list, oldest first, each once.
func goVersions(list, os, arch string) []string {
	var found []string
	for line := range strings.Lines(list) {
		v, ok := strings.CutPrefix(strings.TrimSpace(line), modulePrefix)
		if !ok {
			continue
		}
		if v, ok = strings.CutSuffix(v, "."+os+"-"+arch); ok && isRelease(v) {
			found = append(found, v)
		}
	}
	slices.SortFunc(found, version.Compare)
	return slices.Compact(found)
}

// canonical puts "go" in front of a version that lacks it.
func canonical(v string) string {
	if v == "" || strings.HasPrefix(v, "go") {
		return v
	}
	return "go" + v
}

// isRelease reports whether v, such as go1.26.8 or go1.27rc1, names one release. From 1.21 on, two numbers alone are a
// language version and no release; a suffix as in go1.26.8-custom marks a toolchain that is not Go's own.
func isRelease(v string) bool {
	if !version.IsValid(v) || strings.ContainsAny(v, "-+ ") {
		return false
	}
	return version.Lang(v) != v || version.Compare(v, firstPublished) < 0
}

// isPrerelease reports whether the valid version v is a beta or a release candidate.
func isPrerelease(v string) bool {
	return strings.Contains(v, "rc") || strings.Contains(v, "beta")
}
