package llb

import (
	"cmp"
	"path"
	"slices"

	"github.com/moby/buildkit/client/llb"

	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/step/request"
)

// croot is where C is compiled: a root with a compiler and libraries, and request.SysrootFile about it.
type croot struct {
	root, report llb.State
}

// sysroot is the vertex that makes the root in which deps and compile run. It sees nothing of the project.
func sysroot(h Host, flags plan.Flags, img plan.Image, src Sources) (croot, error) {
	c := img.Cgo
	req := request.Sysroot{
		From: cmp.Or(c.Base, c.Digest), Target: img.Target, Provider: c.Provider, Libc: c.Libc,
		Packages: c.Packages, Runtime: c.Runtime, Foreign: c.Foreign,
		ByContent: src.CgoBase != nil && c.Archive == "",
	}
	alone := c.Folder != "" || c.Archive != ""
	if alone {
		req.Tools = c.Tools
		if !c.CXX() {
			req.Tools.CXX = "" // its library alone takes minutes
		}
		req.Strip = slices.Contains(flags.LDFlags, "-s")
	}
	base, opts, err := compilerRoot(h, img, src)
	if err != nil {
		return croot{}, err
	}
	req.Unpack = c.Archive != ""
	e, err := h.runIn(base, req, namedFor(img.Target, request.StageSysroot, "C compiler and libraries (%s)", c), opts...)
	if err != nil {
		return croot{}, err
	}
	if !alone && len(c.Packages) == 0 {
		return croot{root: base, report: output(e)}, nil // the step only looks
	}
	return croot{root: e.Root(), report: output(e)}, nil
}

// compilerRoot is what a sysroot is made of: a base, into which packages are installed from the distribution's servers or which has
// everything, or the compiler alone.
func compilerRoot(h Host, img plan.Image, src Sources) (llb.State, []llb.RunOption, error) {
	switch c := img.Cgo; {
	case c.Archive != "":
		archive, err := zigArchive(h, img)
		return llb.Scratch(), []llb.RunOption{readOnly(request.ZigArchive, archive)}, err
	case c.Folder != "":
		info := &llb.CopyInfo{CopyDirContentsOnly: true, CreateDestPath: true}
		copied := llb.Copy(cgoBase(h, img, src), path.Join("/", c.Folder), ctoolchain.Dir, info)
		return llb.Scratch().File(copied, internal("take %s", c.Provider)), nil, nil
	case len(c.Packages) > 0:
		return cgoBase(h, img, src), []llb.RunOption{h.network()}, nil
	}
	return cgoBase(h, img, src), nil, nil
}

// Sysroots are the vertices that make the sysroots, in the order of the images; their outputs hold request.SysrootFile. An image without C
// has none. They are the same vertices as in [Graph], which has none for a builder image: that is only looked at.
func Sysroots(a *plan.Analyzed, base plan.CgoBase, h Host, src Sources) ([]*llb.State, error) {
	reports := make([]*llb.State, len(a.Images))
	for i, img := range a.Images {
		if img.Cgo == nil {
			continue
		}
		img.Cgo = img.Cgo.On(base)
		s, err := sysroot(h, a.Flags, img, src)
		if err != nil {
			return nil, err
		}
		reports[i] = &s.report
	}
	return reports, nil
}

// cgoBase is the base on the platform of the build: nothing is emulated.
func cgoBase(h Host, img plan.Image, src Sources) llb.State {
	if src.CgoBase != nil {
		return *src.CgoBase
	}
	return llb.Image(img.Cgo.Base, llb.Platform(h.Platform), named(request.StageSysroot, "%s", img.Cgo.Base))
}

// zigArchive is the vertex that fetches the archive. BuildKit could do so itself, but from the network of the machine that it runs on.
func zigArchive(h Host, img plan.Image) (llb.State, error) {
	req := request.Zig{URL: img.Cgo.Archive, Digest: img.Cgo.Digest}
	e, err := h.runIn(roomForCA(), req, named(request.StageZig, "fetch and verify %s", img.Cgo.Archive), h.network())
	if err != nil {
		return llb.State{}, err
	}
	return output(e), nil
}

// ZigArchives are the vertices that fetch the archives of zig, in the plan's order. An image that needs none has none. They are the
// same vertices as in [Graph].
func ZigArchives(a *plan.Analyzed, h Host) ([]*llb.State, error) {
	archives := make([]*llb.State, len(a.Images))
	for i, img := range a.Images {
		if img.Cgo == nil || img.Cgo.Archive == "" {
			continue
		}
		s, err := zigArchive(h, img)
		if err != nil {
			return nil, err
		}
		archives[i] = &s
	}
	return archives, nil
}

// cgoRequest is what compilers are told.
func cgoRequest(p *plan.Plan, img plan.Image) *request.Cgo {
	c := img.Cgo
	if c == nil {
		return nil
	}
	return &request.Cgo{
		Provider: c.Provider, Libc: c.Libc, Optional: p.OptionalC(img),
		Tools: c.Tools, PIE: c.PIE, Sysroot: c.Sysroot,
		CFlags: c.CFlags, CPPFlags: c.CPPFlags, CXXFlags: c.CXXFlags, LDFlags: c.LDFlags,
	}
}

// libraries is the vertex that copies what the program needs of its sysroot; list holds request.LibrariesFile.
func libraries(h Host, p *plan.Plan, img plan.Image, program, root llb.State) (files, list llb.State, err error) {
	req := request.Libraries{Target: img.Target, Path: p.ProgramPath(), Runtime: len(img.Cgo.Runtime) > 0, Partial: len(p.Runtime.Files) > 0,
		Sysroot: img.Cgo.Sysroot}
	s := readOnly(request.SysrootDir, root, llb.ContentCache(llb.MountContentCacheOff)) // its identity is in the request
	e, err := h.run(req, namedFor(img.Target, request.StageLibraries, "copy shared libraries"), s, readOnly(request.Program, program))
	if err != nil {
		return llb.State{}, llb.State{}, err
	}
	return output(e), e.AddMount(request.Said, llb.Scratch()), nil
}
