package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
)

// Provider says who compiles C.
type Provider string

// The providers.
const (
	// ProviderGCC is Debian's cross compiler with Debian's libraries, installed into [Cgo.Base].
	ProviderGCC Provider = "gcc"
	// ProviderZig is zig, which brings its own C libraries; [Cgo.Base] is an image with it, or [Cgo.Archive] has it.
	ProviderZig Provider = "zig"
	// ProviderImage is what the builder image has.
	ProviderImage Provider = "image"
)

// How a program is linked with C libraries.
const (
	LinkStatic  = "static"
	LinkDynamic = "dynamic"
)

// DebianBase is the image that gcc is installed into unless the configuration names another.
const DebianBase = "debian:bookworm-slim"

// Cgo is how the C of an image is compiled and linked.
type Cgo struct {
	Provider Provider    `json:"provider"`
	Libc     target.Libc `json:"libc"`
	// Link is LinkStatic or LinkDynamic.
	Link string `json:"link"`
	// PIE asks for a position-independent executable.
	PIE bool `json:"pie,omitempty"`
	// Base is a reference with a digest; only a [Plan] has it.
	Base string `json:"base,omitempty"`
	// ZigDir is where zig is in its image, relative to the root.
	ZigDir string `json:"zigDir,omitempty"`
	// Archive and Digest are zig's in place of a base.
	Archive string `json:"archive,omitempty"`
	Digest  string `json:"digest,omitempty"`
	// Tools are the commands of the compiler.
	Tools target.Tools `json:"tools"`
	// Packages are installed, as apt-get takes them; Runtime are those of them whose files the image gets. Foreign are
	// architectures that dpkg has to know for that.
	Packages []string `json:"packages,omitempty"`
	Runtime  []string `json:"runtime,omitempty"`
	Foreign  []string `json:"foreign,omitempty"`
	// CFlags and so on are the configuration's, one per element, beside Go's own -O2 -g.
	CFlags   []string `json:"cflags,omitempty"`
	CPPFlags []string `json:"cppflags,omitempty"`
	CXXFlags []string `json:"cxxflags,omitempty"`
	LDFlags  []string `json:"ldflags,omitempty"`
	// Sysroot is the identity of the content that C is compiled with; only a [Plan] has it.
	Sysroot string `json:"sysroot,omitempty"`
	// Uses are the packages that are the reason; Own says that some of them are the module's own.
	Uses []ctoolchain.Use `json:"uses,omitempty"`
	Own  bool             `json:"own,omitempty"`
	// Sources are the files of those own packages, from which it is found what C includes.
	Sources []string `json:"sources,omitempty"`
}

// String describes it in a few words: "gcc, glibc, dynamic".
func (c *Cgo) String() string {
	words := []string{string(c.Provider), string(c.Libc), c.Link}
	if c.PIE {
		words = append(words, "pie")
	}
	return strings.Join(words, ", ")
}

// CXX tells whether some package has C++.
func (c *Cgo) CXX() bool {
	return slices.ContainsFunc(c.Uses, func(u ctoolchain.Use) bool { return u.CXX })
}

// CopiesLibraries tells whether the image gets libraries, or other files, from the sysroot.
func (d *Draft) CopiesLibraries(img Image) bool {
	return img.Cgo != nil && d.Runtime.Base == "" && (img.Cgo.Link == LinkDynamic || len(img.Cgo.Runtime) > 0)
}

// addCgo decides how C is compiled for one image. What it cannot be compiled with is a mistake of the configuration.
func addCgo(in Input, t target.Target, found scan.Image) (*Cgo, *diag.Error) {
	c := in.Config.Cgo
	cgo := &Cgo{
		Provider: provider(in.Config),
		Libc:     cmp.Or(target.Libc(c.Libc), target.Glibc),
		PIE:      c.PIE,
		CFlags:   c.CFlags, CPPFlags: c.CPPFlags, CXXFlags: c.CXXFlags, LDFlags: c.LDFlags,
		Uses: ownUses(found),
	}
	cgo.Own = len(cgo.Uses) > 0
	cgo.Sources = found.CgoFiles()
	cgo.Link = cmp.Or(c.Link, map[target.Libc]string{target.Glibc: LinkDynamic, target.Musl: LinkStatic}[cgo.Libc])
	var err error
	switch cgo.Provider {
	case ProviderGCC:
		cgo.Tools, err = t.GCC(cgo.Libc)
		cgo.addPackages(c.Packages, t, in.Build)
	case ProviderZig:
		if c.Zig.Image == "" {
			cgo.Archive, cgo.Digest = c.Zig.URL, c.Zig.Digest
		}
		cgo.Tools, err = t.Zig(zigCommand, cgo.Libc, c.Glibc)
		if err == nil && cgo.Libc == target.Glibc && in.Base == "" {
			return cgo, &diag.Error{Msg: "zig brings no glibc that an image on scratch could get",
				Help: "set image.base to an image with glibc, or use libc: musl without glibc, or compiler: gcc without zig and glibc"}
		}
	case ProviderImage:
		cgo.Tools = target.Tools{CC: cmp.Or(c.CC, "gcc"), CXX: cmp.Or(c.CXX, "g++"), FC: fortranOf(c.CC)}
		if c.CC == "" && (t.OS != in.Build.OS || t.Arch != in.Build.Arch) {
			return cgo, &diag.Error{Msg: fmt.Sprintf("the builder image compiles C for %s, not for %s", in.Build, t),
				Help: crossHelp(in)}
		}
	}
	if err != nil {
		help := "build without this platform"
		if !UsesBoring(in.Config.Build.Env) && !slices.ContainsFunc(cgo.Uses, onlyWithC) {
			help += ", or set cgo: {enabled: off}, if the packages allow that"
		}
		return cgo, &diag.Error{Msg: "no C compiler", Err: err, Help: help}
	}
	return cgo, nil
}

// fortranOf names the Fortran compiler of a builder image beside its compiler of C: gfortran with the prefix of gcc.
func fortranOf(cc string) string {
	if prefix, ok := strings.CutSuffix(cc, "-gcc"); ok {
		return prefix + "-gfortran"
	}
	return "gfortran"
}

// crossHelp is for a builder image whose compiler is for another platform: cgo.cc names one compiler for all platforms.
func crossHelp(in Input) string {
	if len(in.Targets) > 1 {
		return "build for one platform at a time, with its cross compiler in cgo.cc, or remove builder.image"
	}
	return "name its cross compiler in cgo.cc, or remove builder.image"
}

// zigCommand is where the sysroot has zig.
const zigCommand = "/zig/zig"

func provider(c *config.Config) Provider {
	switch {
	case c.Builder.Image != "":
		return ProviderImage
	case c.Cgo.Compiler == "zig":
		return ProviderZig
	}
	return ProviderGCC
}

// addPackages lists the compiler's packages and the user's, those for the target's architecture.
func (c *Cgo) addPackages(asked config.CgoPackages, t, build target.Target) {
	names, _ := t.C()
	c.Packages = t.GCCPackages(c.Libc, build)
	for _, name := range asked.Build {
		c.Packages = append(c.Packages, name+":"+names.Debian)
	}
	for _, name := range asked.Runtime {
		c.Packages = append(c.Packages, name+":"+names.Debian)
		c.Runtime = append(c.Runtime, name+":"+names.Debian)
	}
	slices.Sort(c.Packages)
	c.Packages = slices.Compact(c.Packages)
	if b, _ := build.C(); b.Debian != names.Debian {
		c.Foreign = []string{names.Debian}
	}
}

// ownUses are the module's own packages that have C or need it.
func ownUses(found scan.Image) []ctoolchain.Use {
	var uses []ctoolchain.Use
	for _, p := range found.Packages {
		needs := slices.DeleteFunc(slices.Clone(p.NeedsC), func(i ctoolchain.Import) bool { return p.Cgo && i.Path == ctoolchain.RuntimeCgo })
		if p.Cgo || len(needs) > 0 {
			uses = append(uses, ctoolchain.Use{ImportPath: p.ImportPath, CXX: p.CXX, Swig: p.Swig, Fortran: p.Fortran, PkgConfig: p.PkgConfig, MuslTag: p.MuslTag,
				Flags: p.CgoFlags, Std: needs, Stub: p.CgoStub, Only: p.CgoOnly, Own: true})
		}
	}
	return uses
}

// buildTags are the tags of the configuration, and those that the way of linking asks for: musl is what packages with libraries of their own know it by, and
// without the other two net and os/user call functions of glibc that load libraries when they run.
func buildTags(c *config.Config) []string {
	var more []string
	switch {
	case c.Cgo.Enabled == "off":
	case c.Cgo.Libc == "musl":
		more = []string{"musl"}
	case c.Cgo.Link == LinkStatic:
		more = []string{"netgo", "osusergo"}
	}
	tags := slices.Clone(c.Build.Tags)
	for _, tag := range more {
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}

// CgoBase is what the sysroots of all images are made of; its zero value is an archive of zig, or that there are none.
type CgoBase struct {
	// Ref is a reference with a digest, ZigDir the folder of the image that has zig, or "".
	Ref, ZigDir string
}

// On gives C with what its sysroot is made of.
func (c Cgo) On(base CgoBase) *Cgo {
	c.Base, c.ZigDir = base.Ref, base.ZigDir
	return &c
}

// Plan gives the last stage. sysroots are the identities of what C is compiled in, in the order of the images; one without C has "".
func (a *Analyzed) Plan(base CgoBase, sysroots []string) *Plan {
	p := &Plan{*a}
	p.Images = slices.Clone(a.Images)
	for i, img := range a.Images {
		if img.Cgo != nil {
			c := img.Cgo.On(base)
			c.Sysroot = sysroots[i]
			p.Images[i].Cgo = c
		}
	}
	return p
}

// UsesCgo tells whether C is compiled for any image.
func (d *Draft) UsesCgo() bool {
	return slices.ContainsFunc(d.Images, func(img Image) bool { return img.Cgo != nil })
}
