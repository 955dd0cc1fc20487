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

// compile links the main packages into the output.
func compile(ctx context.Context, req request.Compile) error {
	if err := layOut(req.Build); err != nil {
		return err
	}
	kept, err := findKept(req.Build)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(filepath.Join(request.Out, req.Path)), 0o755); err != nil {
		return err
	}
	if err := warmCache(kept, request.GoCache); err != nil {
		return err
	}
	env, flags, err := stampVCS(req.VCS)
	if err != nil {
		return err
	}
	slot, err := compileSlots.take()
	if err != nil {
		return err
	}
	linked, mains := linkFlags(req)
	said, err := goBuild(ctx, req.Build, building{
		packages: mains, compilers: slot.compilers, static: isStatic(req.ExtLDFlags),
		env: env, flags: append(flags, linked...),
	})
	slot.free()
	if err != nil {
		return err
	}
	if err := placePrograms(req); err != nil {
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
	for _, p := range req.Programs() {
		if err := os.Chmod(filepath.Join(request.Out, p.Path), 0o755); err != nil {
			return fmt.Errorf("setting the mode of the program: %w", err)
		}
	}
	if err := describePrograms(req); err != nil {
		return err
	}
	return setTimes(request.Out, zeroTime)
}

// linkedDir is where several programs are linked, under the names that the go command gives them.
var linkedDir = filepath.Join(request.Out, ".linked")

// linkFlags say what is linked, with which flags, and where to. Several programs are linked by one go command, side by side.
func linkFlags(req request.Compile) (args, mains []string) {
	flags := func(i int, p request.Linked) string {
		return quoteFlags(slices.Concat(p.LDFlags, cgoLinkFlags(req, i)))
	}
	programs := req.Programs()
	if len(programs) == 1 {
		return []string{"-ldflags=" + flags(0, programs[0]), "-o", filepath.Join(request.Out, req.Path)}, []string{req.Main}
	}
	for i, p := range programs {
		args, mains = append(args, "-ldflags="+p.Main+"="+flags(i, p)), append(mains, p.Main)
	}
	return append(args, "-o", linkedDir+"/"), mains
}

// placePrograms puts several programs where they belong. On some systems the go command adds an ending to the name, which a path has not.
func placePrograms(req request.Compile) error {
	programs := req.Programs()
	if len(programs) == 1 {
		return nil
	}
	for _, p := range programs {
		from := filepath.Join(linkedDir, filepath.Base(p.Path))
		if req.Build.Target.OS == "windows" {
			from += ".exe"
		}
		if err := os.Rename(from, filepath.Join(request.Out, p.Path)); err != nil {
			return fmt.Errorf("moving a program to its place: %w", err)
		}
	}
	return os.Remove(linkedDir)
}

// isStatic tells whether the linker of C is to use no shared libraries.
func isStatic(flags []string) bool {
	return slices.ContainsFunc(flags, func(f string) bool { return strings.HasPrefix(f, "-static") })
}

// describePrograms writes down the hashes of the programs for the SBOM: to read all of them again in the frontend would take longer.
func describePrograms(req request.Compile) error {
	var files []binary.File
	for _, p := range req.Programs() {
		file, err := hashProgram(p.Path)
		if err != nil {
			return err
		}
		files = append(files, file)
	}
	if err := os.MkdirAll(request.Said, 0o755); err != nil {
		return err
	}
	pointers, err := pointersBelow(request.Source)
	if err != nil {
		return err
	}
	return writeJSON(filepath.Join(request.Said, request.ProgramFile), request.ProgramReport{File: files[0], Beside: files[1:], Pointers: pointers})
}

func hashProgram(path string) (binary.File, error) {
	f, err := os.Open(filepath.Join(request.Out, path))
	if err != nil {
		return binary.File{}, err
	}
	defer f.Close()
	return binary.HashFile(path, f)
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
