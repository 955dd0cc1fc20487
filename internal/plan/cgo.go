package plan

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
)

// How a program is linked with C libraries.
const (
	LinkStatic  = "static"
	LinkDynamic = "dynamic"
)

// Cgo is how the C of an image is compiled and linked.
type Cgo struct {
	Provider ctoolchain.Kind `json:"provider"`
	Libc     ctoolchain.Libc `json:"libc"`
	// Link is LinkStatic or LinkDynamic.
	Link string `json:"link"`
	// PIE asks for a position-independent executable.
	PIE bool `json:"pie,omitempty"`
	// Base is a reference with a digest; only a [Plan] has it.
	Base string `json:"base,omitempty"`
	// Folder is the one of Base that has the compiler, relative to the root, if nothing else is taken of it.
	Folder string `json:"folder,omitempty"`
	// Tools are the commands of the compiler.
	Tools ctoolchain.Tools `json:"tools"`
	ctoolchain.Needs
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

// Toolchain is who compiles.
func (c *Cgo) Toolchain() ctoolchain.Provider { return ctoolchain.Of(c.Provider, c.Libc) }

// addCgo decides how C is compiled for one image. What it cannot be compiled with is a mistake of the configuration.
func addCgo(in Input, t target.Target, found scan.Image) (*Cgo, *diag.Error) {
	c := in.Config.Cgo
	toolchain := c.Provider(in.Config.Builder.Image != "")
	cgo := &Cgo{
		Provider: toolchain.Kind,
		Libc:     toolchain.Libc,
		PIE:      c.PIE,
		CFlags:   c.CFlags, CPPFlags: c.CPPFlags, CXXFlags: c.CXXFlags, LDFlags: c.LDFlags,
		Uses: ownUses(found),
	}
	cgo.Own = len(cgo.Uses) > 0
	cgo.Sources = found.CgoFiles()
	cgo.Link = cmp.Or(c.Link, defaults.Link(string(cgo.Libc)))
	var err error
	cgo.Tools, cgo.Needs, err = toolchain.Compiler(ctoolchain.Job{
		Settings: c, Target: t, Build: in.Build, Scratch: in.Base == "", Alone: len(in.Targets) == 1,
	})
	if refused, ok := errors.AsType[*diag.Error](err); ok {
		return cgo, refused
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

// ownUses are the module's own packages that have C or need it.
func ownUses(found scan.Image) []ctoolchain.Use {
	var uses []ctoolchain.Use
	for _, p := range found.Packages {
		if p.C != nil {
			uses = append(uses, *p.C)
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

// CgoBase is what the sysroots of all images are made of; its zero value is an archive, or that there are none.
type CgoBase struct {
	// Ref is a reference with a digest, Folder the one of the image that has the compiler, or "".
	Ref, Folder string
}

// On gives C with what its sysroot is made of.
func (c Cgo) On(base CgoBase) *Cgo {
	c.Base, c.Folder = base.Ref, base.Folder
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
