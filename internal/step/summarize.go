package step

import (
	"go/build"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
)

// summarize looks at the files of packages for what go list does not say: what they would be with other tags.
func summarize(closure analyze.Closure, img request.Imports) (analyze.Summary, error) {
	ctx, err := buildContext(img.Build, true)
	if err != nil {
		return analyze.Summary{}, err
	}
	summary := closure.Summary()
	if img.Build.Cgo != nil || img.CgoOff {
		without := ctx
		without.CgoEnabled = false
		summary.Cgo = closure.CgoUses(lookAtC(ctx, without))
	} else {
		summary.CgoMatters = closure.CgoMatters(cgoWouldMatter(ctx, closure))
	}
	return summary, nil
}

// lookAtC reads the files of a package for what they say about C, and where, and what is left of them without it. Files are named below
// the package's import path.
func lookAtC(ctx, without build.Context) func(analyze.Package, *ctoolchain.Use) {
	return func(p analyze.Package, use *ctoolchain.Use) {
		found, _ := ctx.ImportDir(p.Dir, 0) // mistakes in it are the compiler's to report
		if found == nil {
			return
		}
		use.MuslTag = slices.Contains(found.AllTags, "musl")
		for i := range use.Std {
			if at := found.ImportPos[use.Std[i].Path]; len(at) > 0 {
				use.Std[i].Place = ctoolchain.Place{File: path.Join(p.ImportPath, filepath.Base(at[0].Filename)), Line: at[0].Line, Col: at[0].Column}
			}
		}
		if left, _ := without.ImportDir(p.Dir, 0); left != nil && p.UsesCgo() {
			use.Only = len(left.GoFiles) == 0
			use.Stub = slices.ContainsFunc(left.GoFiles, func(name string) bool { return !slices.Contains(found.GoFiles, name) })
		}
		var flags []string
		for _, f := range use.Flags {
			flags = append(flags, f.Flag)
		}
		use.Flags = ctoolchain.LocateFlags(flags, found.CgoFiles, p.Dir, func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(p.Dir, name)) })
		for i := range use.Flags {
			if use.Flags[i].File != "" {
				use.Flags[i].File = path.Join(p.ImportPath, use.Flags[i].File)
			}
		}
	}
}

// asksFor tells of a package whether a tag decides about some of its files.
func asksFor(ctx build.Context, tag string) func(analyze.Package) bool {
	return func(p analyze.Package) bool {
		found, _ := ctx.ImportDir(p.Dir, 0) // mistakes in it are the compiler's to report
		return found != nil && slices.Contains(found.AllTags, tag)
	}
}

// cgoWouldMatter tells whether a package has C in it with cgo on, or imports another package that may. Many have files for
// cgo and others without it of which none holds C: to list all of them again with cgo on would take seconds.
func cgoWouldMatter(ctx build.Context, closure analyze.Closure) func(analyze.Package) bool {
	listed := map[string]bool{}
	for _, p := range closure.Packages {
		listed[p.ImportPath] = true
	}
	return func(p analyze.Package) bool {
		found, _ := ctx.ImportDir(p.Dir, 0)
		if found == nil || len(found.CgoFiles)+len(found.SwigFiles)+len(found.SwigCXXFiles) > 0 {
			return true
		}
		return slices.ContainsFunc(found.Imports, func(imp string) bool {
			host, _, _ := strings.Cut(imp, "/")
			return strings.Contains(host, ".") && !listed[imp]
		})
	}
}

// buildContext is the target as go/build sees it, for packages on disk.
func buildContext(b request.Build, cgo bool) (build.Context, error) {
	version, err := goRelease()
	if err != nil {
		return build.Context{}, err
	}
	req := scan.Request{Tags: b.Tags, Experiments: strings.Split(b.Env["GOEXPERIMENT"], ","), GoVersion: version}
	if cgo {
		req.Cgo = []target.Target{b.Target}
	}
	ctx, err := scan.BuildContext(b.Target, req)
	ctx.OpenFile = func(name string) (io.ReadCloser, error) { return os.Open(name) }
	return ctx, err
}
