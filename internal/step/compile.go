package step

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/binary"
	"github.com/modship-build/modship/internal/request"
)

// deps compiles packages that are not the module's own, so that GOCACHE as a layer holds them.
func deps(ctx context.Context, req request.Deps) error {
	if err := layOut(req.Build); err != nil {
		return err
	}
	kept, err := findKept(req.Build)
	if err != nil {
		return err
	}
	if err := warmCache(kept, request.GoCache); err != nil {
		return err
	}
	slot, err := depsSlots.take()
	if err != nil {
		return err
	}
	_, err = goBuild(ctx, req.Build, building{packages: req.Imports, compilers: slot.compilers})
	slot.free()
	if exists(request.KeptCache) { // also if it fails: what is compiled need not be compiled again
		err = cmp.Or(err, keepCache(request.GoCache, kept), trimKept(request.KeptCache))
	}
	if err != nil {
		return err
	}
	return sealCache(request.GoCache)
}

// compile links the main package into the output.
func compile(ctx context.Context, req request.Compile) error {
	if err := layOut(req.Build); err != nil {
		return err
	}
	kept, err := findKept(req.Build)
	if err != nil {
		return err
	}
	binary := filepath.Join(request.Out, req.Path)
	if err := os.MkdirAll(filepath.Dir(binary), 0o755); err != nil {
		return err
	}
	if err := warmCache(kept, request.GoCache); err != nil {
		return err
	}
	env, flags, err := stampVCS(req.VCS)
	if err != nil {
		return err
	}
	ldflags := quoteFlags(slices.Concat(req.LDFlags, cgoLinkFlags(req)))
	slot, err := compileSlots.take()
	if err != nil {
		return err
	}
	said, err := goBuild(ctx, req.Build, building{
		packages: []string{req.Main}, compilers: slot.compilers, static: isStatic(req.ExtLDFlags),
		env: env, flags: append(flags, "-ldflags="+ldflags, "-o", binary),
	})
	slot.free()
	if err != nil {
		return err
	}
	if err := reportLink(req, said); err != nil {
		return err
	}
	if exists(request.KeptCache) {
		if err := cmp.Or(keepOwn(request.GoCache, kept), trimKept(request.KeptCache)); err != nil {
			return err
		}
	}
	if err := os.Chmod(binary, 0o755); err != nil {
		return fmt.Errorf("setting the mode of the program: %w", err)
	}
	if err := describeProgram(binary, req.Path); err != nil {
		return err
	}
	return setTimes(request.Out, zeroTime)
}

// isStatic tells whether the linker of C is to use no shared libraries.
func isStatic(flags []string) bool {
	return slices.ContainsFunc(flags, func(f string) bool { return strings.HasPrefix(f, "-static") })
}

// describeProgram writes down the hashes of the program for the SBOM: to read all of it again in the frontend would take longer.
func describeProgram(name, path string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	program, err := binary.HashFile(path, f)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(request.Said, 0o755); err != nil {
		return err
	}
	pointers, err := pointersBelow(request.Source)
	if err != nil {
		return err
	}
	return writeJSON(filepath.Join(request.Said, request.ProgramFile), request.ProgramReport{File: program, Pointers: pointers})
}

// layOut makes the tree that cmd/go works in: the module's own files, what C of theirs includes, and vendored ones.
func layOut(b request.Build) error {
	for _, from := range []string{request.Source, request.Included} {
		if err := copyTree(from, request.Work); err != nil {
			return err
		}
	}
	if !b.Vendor {
		return nil
	}
	return copyTree(request.Vendor, vendorDir(b.Root))
}

// quoteFlags joins flags as cmd/go splits them: at spaces, with single or double quotes around what holds one, and no
// escapes (cmd/internal/quoted). Package config refuses values that hold both quotes. The whole may not start with a quote
// (cmd/go/internal/load: perPackageFlag.Set), so -X stands apart from its value: no other flag has a value with spaces.
func quoteFlags(flags []string) string {
	var quoted []string
	for _, f := range flags {
		if value, ok := strings.CutPrefix(f, "-X="); ok {
			quoted = append(quoted, "-X")
			f = value
		}
		quoted = append(quoted, quoteFlag(f))
	}
	return strings.Join(quoted, " ")
}

func quoteFlag(f string) string {
	switch {
	case !strings.ContainsAny(f, " \t\r\n'\"") && f != "":
		return f
	case !strings.Contains(f, "'"):
		return "'" + f + "'"
	}
	return `"` + f + `"`
}
