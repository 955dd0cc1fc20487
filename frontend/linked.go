package frontend

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/sbom"
	"github.com/modship-build/modship/internal/startable"
)

// linked gives the packages of the sysroot that are in each program or that the image has for it, and passes on what the linker
// warned of. A base brings its own packages, which are not known here.
func (b *builder) linked(ctx context.Context, in *input, done *built, i int) ([][]sbom.CPackage, error) {
	p, image := done.plan, done.graph[i]
	linked := make([][]sbom.CPackage, len(done.programs[i]))
	if p.Images[i].Cgo == nil {
		return linked, nil
	}
	var link request.LinkReport
	if err := b.readJSON(ctx, image.Said, request.LinkFile, maxSysroot, &link); err != nil {
		return nil, err
	}
	for _, w := range linkWarnings(in.Input, p, link) {
		b.warnAt(ctx, w)
	}
	var libraries request.LibrariesReport
	if !image.Libraries.Empty() {
		if err := b.readJSON(ctx, image.Libraries, request.LibrariesFile, maxSysroot, &libraries); err != nil {
			return nil, err
		}
		for _, w := range dataWarnings(in.Input, libraries.Missing) {
			b.warnAt(ctx, w)
		}
	}
	sysroot := done.sysroots[i]
	for k := range linked {
		packages := append(owners(sysroot, link.Of(k), true), owners(sysroot, libraries.Of(k), false)...)
		linked[k] = append(packages, brought(p.Images[i].Cgo, sysroot.Version)...)
	}
	return linked, nil
}

// linkWarnings are what the linker warned of, and what OpenSSL lacks in an image without a base.
func linkWarnings(in plan.Input, p *plan.Plan, link request.LinkReport) diag.List {
	var list diag.List
	for _, warning := range link.Warnings {
		list.Addf(in.At("cgo.link"), "%s", warning).Help = "link dynamically, or with libc: musl"
	}
	if p.Runtime.Base == "" && slices.ContainsFunc(link.Archives, isOpenSSL) && !namesCertificates(in) {
		list.Addf(in.At("cgo.link"), "OpenSSL, which is linked into the program, looks for certificates in a folder that the image lacks").
			Help = "set " + startable.CertificateVariable + " to /etc/ssl/certs/ca-certificates.crt in image.env"
	}
	return list
}

// dataWarnings are what the libraries in an image miss, but for what the image's environment sees to.
func dataWarnings(in plan.Input, missing []string) diag.List {
	var list diag.List
	for _, what := range missing {
		if !seenTo(in, what) {
			list.Addf(in.At("cgo.packages"), "%s", what)
		}
	}
	return list
}

// seenTo tells whether the image sets the variable that a warning names: to a place, or to a locale that glibc has in itself. It may have
// a locale among its files too.
func seenTo(in plan.Input, what string) bool {
	switch {
	case strings.Contains(what, startable.CertificateVariable):
		return namesCertificates(in)
	case strings.Contains(what, startable.ConverterVariable):
		_, ok := in.Config.Image.Env[startable.ConverterVariable]
		return ok
	case strings.Contains(what, startable.LocaleVariable):
		if slices.ContainsFunc(in.Config.Image.Files, func(f config.Copy) bool { return strings.HasPrefix(f.To, startable.LocaleDir+"/") }) {
			return true
		}
		value, ok := in.Config.Image.Env[startable.LocaleVariable].Fill(nil)
		return ok && slices.Contains([]string{"C", "POSIX"}, value)
	}
	return false
}

func namesCertificates(in plan.Input) bool {
	_, ok := in.Config.Image.Env[startable.CertificateVariable]
	return ok
}

func isOpenSSL(archive string) bool { return path.Base(archive) == "libcrypto.a" }

// brought is the compiler as what it is to the program: where the code of the libraries comes from that it brings, of versions that only
// its own version tells.
func brought(c *plan.Cgo, version string) []sbom.CPackage {
	toolchain := c.Toolchain()
	files := toolchain.Brings
	if len(files) == 0 {
		return nil
	}
	if c.CXX() {
		files = slices.Concat(files, toolchain.BringsCXX)
	}
	return []sbom.CPackage{{Name: string(c.Provider), Version: version, Generic: true, Static: true, Files: files}}
}

// owners finds the packages that files come from.
func owners(sysroot request.SysrootReport, files []string, static bool) []sbom.CPackage {
	var packages []sbom.CPackage
	for _, p := range sysroot.Packages {
		owned := slices.DeleteFunc(slices.Clone(files), func(f string) bool { return !slices.Contains(p.Files, f) })
		if len(owned) > 0 {
			packages = append(packages, cPackage(sysroot.Distro, p, owned, static))
		}
	}
	return packages
}

func cPackage(distro string, p ctoolchain.Package, files []string, static bool) sbom.CPackage {
	for i := range files {
		files[i] = path.Clean(files[i])
	}
	return sbom.CPackage{
		Name: p.Name, Version: p.Version, Arch: p.Arch, Source: p.Source, Distro: distro, Static: static, Files: files,
	}
}
