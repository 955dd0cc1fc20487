package llb

import (
	"cmp"
	"path"
	"slices"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
)

// croot is where C is compiled: a root with a compiler and libraries, and request.SysrootFile about it.
type croot struct{ root, report Tree }

// croot is the vertex that makes the root in which deps and compile run. It sees nothing of the project. Without C it is empty. What the
// configuration installs comes onto a root that all modules with the same compiler share.
func (b *Builder) croot(flags plan.Flags, img plan.Image, src Sources) croot {
	c := img.Cgo
	if c == nil {
		return croot{}
	}
	req := request.Sysroot{
		From: cmp.Or(c.Base, c.Digest), Target: img.Target, Provider: c.Provider, Libc: c.Libc,
		Packages: c.Compiler, Foreign: c.Foreign,
		ByContent: !src.CgoBase.Empty() && c.Archive == "",
		Unpack:    c.Archive != "",
	}
	alone := c.Folder != "" || c.Archive != ""
	if alone {
		req.Tools = c.Tools
		if !c.CXX() {
			req.Tools.CXX = "" // its library alone takes minutes
		}
		req.Strip = slices.Contains(flags.LDFlags, "-s")
	}
	s := b.compilerRoot(img, src)
	s.Request, s.Mounts = req, append(s.Mounts, out)
	v := b.run(namedFor(img.Target, request.StageSysroot, "C compiler and libraries (%s)", c), s)
	if len(c.Packages) > 0 {
		req.Packages, req.Runtime = c.Packages, c.Runtime
		s.Request, s.Root = req, v.at(root)
		v = b.run(namedFor(img.Target, request.StageSysroot, "packages of cgo.packages"), s)
	}
	if !alone && len(c.Compiler) == 0 {
		return croot{root: s.Root, report: v.at(request.Out)} // the step only looks
	}
	return croot{root: v.at(root), report: v.at(request.Out)}
}

// compilerRoot is what a sysroot is made of: a base, into which packages are installed from the distribution's servers or which has
// everything, or the compiler alone.
func (b *Builder) compilerRoot(img plan.Image, src Sources) step {
	switch c := img.Cgo; {
	case c.Archive != "":
		return step{Mounts: []mount{reading(request.ZigArchive, b.zigArchive(img))}}
	case c.Folder != "":
		return step{Root: b.file("take "+string(c.Provider), action{Verb: copies, From: b.cgoBase(img, src), Path: path.Join("/", c.Folder),
			To: ctoolchain.Dir, Content: true, Parents: true})}
	case len(c.Compiler) > 0:
		return step{Root: b.cgoBase(img, src)}.withNetwork()
	}
	return step{Root: b.cgoBase(img, src)}
}

// Sysroots are the vertices that make the sysroots, in the order of the images; their outputs hold request.SysrootFile. An image without C
// has an empty one.
func (b *Builder) Sysroots(a *plan.Analyzed, base plan.CgoBase, src Sources) []Tree {
	reports := make([]Tree, len(a.Images))
	for i, img := range a.Images {
		if img.Cgo != nil {
			img.Cgo = img.Cgo.On(base)
			reports[i] = b.croot(a.Flags, img, src).report
		}
	}
	return reports
}

// cgoBase is the base on the platform of the build: nothing is emulated.
func (b *Builder) cgoBase(img plan.Image, src Sources) Tree {
	if !src.CgoBase.Empty() {
		return src.CgoBase
	}
	return b.SysrootBase(img.Cgo.Base)
}

// SysrootBase is an image that sysroots are made of.
func (b *Builder) SysrootBase(ref string) Tree {
	return b.add(named(request.StageSysroot, "%s", ref), image{ref, b.host.Platform}).at(root)
}

// zigArchive is the vertex that fetches the archive. BuildKit could do so itself, but from the network of the machine that it runs on.
func (b *Builder) zigArchive(img plan.Image) Tree {
	s := step{Request: request.Zig{URL: img.Cgo.Archive, Digest: img.Cgo.Digest}, Root: b.roomForCA(), Mounts: []mount{out}}
	return b.run(named(request.StageZig, "fetch and verify %s", img.Cgo.Archive), s.withNetwork()).at(request.Out)
}

// ZigArchives are the vertices that fetch the archives of zig, for the images that need one.
func (b *Builder) ZigArchives(a *plan.Analyzed) []Tree {
	var archives []Tree
	for _, img := range a.Images {
		if img.Cgo != nil && img.Cgo.Archive != "" {
			archives = append(archives, b.zigArchive(img))
		}
	}
	return archives
}

// cgoRequest is what compilers are told.
func cgoRequest(p *plan.Plan, img plan.Image) *request.Cgo {
	c := img.Cgo
	if c == nil {
		return nil
	}
	flags := c.Flags()
	return &request.Cgo{
		Provider: c.Provider, Libc: c.Libc, Optional: p.OptionalC(img), Tools: c.Tools, Sysroot: c.Sysroot,
		CFlags: flags.C, CPPFlags: flags.CPP, CXXFlags: flags.CXX, FFlags: flags.Fortran, LDFlags: flags.LD,
	}
}

// libraries is the vertex that copies what the programs need of their sysroot; what it says holds request.LibrariesFile.
func (b *Builder) libraries(p *plan.Plan, img plan.Image, program, root Tree) *vertex {
	req := request.Libraries{Target: img.Target, Path: p.ProgramPath(), Runtime: len(img.Cgo.Runtime) > 0,
		Partial: len(p.Runtime.Files) > 0, Sysroot: img.Cgo.Sysroot}
	for _, m := range p.Beside {
		req.Beside = append(req.Beside, p.PathOf(m))
	}
	return b.run(namedFor(img.Target, request.StageLibraries, "copy shared libraries"), step{
		Request: req,
		Mounts: []mount{
			reading(request.SysrootDir, root).byOrigin(), // its identity is in the request
			reading(request.Program, program),
			out, said,
		},
	})
}
