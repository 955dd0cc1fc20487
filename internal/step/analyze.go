package step

import (
	"context"
	"errors"
	"fmt"
	"go/build"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/modcache"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/step/request"
	"github.com/modship-build/modship/internal/target"
)

var workVendor = filepath.Join(request.Work, "vendor")

// analyzeImports lists the closure of the outgoing imports of each image and keeps those of its files that a build reads: a
// few megabytes instead of the whole module cache.
func analyzeImports(ctx context.Context, req request.Analyze) error {
	if err := copyTree(request.Source, request.Work); err != nil {
		return err
	}
	if err := unpackImports(req); err != nil {
		return err
	}
	// What was unpacked is a guess, and the go command has the last word: if need be, let it see every module.
	everything := sync.OnceValue(func() error { return modcache.Zips(request.Fetched, request.ModCache) })
	eg, ctx := errgroup.WithContext(ctx)
	eg.SetLimit(runtime.NumCPU())
	for _, img := range req.Images {
		eg.Go(func() error {
			closure, err := listClosure(ctx, img, req.Own)
			if err != nil && exists(request.Fetched) {
				if err := everything(); err != nil {
					return err
				}
				closure, err = listClosure(ctx, img, req.Own)
			}
			if err != nil {
				return err
			}
			return keepClosure(closure, img)
		})
	}
	return eg.Wait()
}

// keeper knows where the files that are kept for one image go.
type keeper struct{ modCache, vendor string }

// keepClosure writes what the step gives for one image.
func keepClosure(closure analyze.Closure, img request.Imports) error {
	dir := filepath.Join(request.Out, request.AnalyzedDir(img.Build.Target))
	k := keeper{modCache: filepath.Join(dir, "modcache"), vendor: filepath.Join(dir, "vendor")}
	for _, dir := range []string{k.modCache, k.vendor} { // both are mounted, also when empty
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	for _, p := range closure.Packages {
		if err := k.pkg(p); err != nil {
			return fmt.Errorf("keeping the files of %s: %w", p.ImportPath, err)
		}
	}
	if err := k.modules(img.Build.Vendor); err != nil {
		return fmt.Errorf("keeping the facts of the modules: %w", err)
	}
	summary, err := summarize(closure, img)
	if err != nil {
		return err
	}
	if err := addLicenses(summary.Modules); err != nil {
		return err
	}
	said := filepath.Join(request.Said, request.AnalyzedDir(img.Build.Target))
	if err := os.MkdirAll(said, 0o755); err != nil {
		return err
	}
	return writeJSON(filepath.Join(said, request.AnalysisFile), summary)
}

// summarize looks at the files of packages for what go list does not say: what they would be with other tags.
func summarize(closure analyze.Closure, img request.Imports) (analyze.Summary, error) {
	ctx, err := buildContext(img.Build, true)
	if err != nil {
		return analyze.Summary{}, err
	}
	closure.Imports = img.Imports
	summary := closure.Summary()
	if img.Build.Cgo != nil {
		summary.Cgo = closure.CgoUses(asksFor(ctx, "musl"))
	} else {
		summary.CgoMatters = closure.CgoMatters(cgoWouldMatter(ctx, closure))
	}
	return summary, nil
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

// unpackImports unpacks from the zips of step modules what the imports probably need.
func unpackImports(req request.Analyze) error {
	if !exists(request.Fetched) {
		return nil // vendored, or nothing to fetch
	}
	var list []modcache.Module
	if err := readJSON(filepath.Join(request.Fetched, modcache.ListFile), &list); err != nil {
		return err
	}
	if err := modcache.Facts(request.Fetched, request.ModCache); err != nil {
		return err
	}
	wanted := make([]modcache.Imports, len(req.Images))
	for i, img := range req.Images {
		ctx, err := buildContext(img.Build, img.Build.Cgo != nil)
		if err != nil {
			return err
		}
		wanted[i] = modcache.Imports{Paths: img.Imports, Context: ctx}
	}
	return modcache.Extract(request.Fetched, list, request.ModCache, wanted...)
}

// goRelease reads the version of the toolchain, such as 1.26.8.
func goRelease() (string, error) {
	content, err := os.ReadFile(filepath.Join(request.GoRoot, "VERSION"))
	if err != nil {
		return "", fmt.Errorf("reading the version of Go: %w", err)
	}
	first, _, _ := strings.Cut(string(content), "\n")
	return strings.TrimPrefix(strings.TrimSpace(first), "go"), nil
}

// noIndex has cmd/go read the packages instead of making its index of them first, which takes longer when nothing comes after.
const noIndex = "GODEBUG=goindex=0"

func listClosure(ctx context.Context, img request.Imports, own []string) (closure analyze.Closure, err error) {
	var needsCgo func(analyze.Package) bool
	if img.Build.Cgo == nil && !img.CgoOff {
		ctx, err := buildContext(img.Build, false)
		if err != nil {
			return closure, err
		}
		needsCgo = asksFor(ctx, "cgo")
	}
	if len(img.Imports) == 0 {
		return closure, nil // cmd/go still wants the facts of the modules, of which the imports need no package
	}
	args := []string{"list", "-e", "-deps", "-json=" + analyze.Fields}
	if len(img.Build.Tags) > 0 {
		args = append(args, "-tags="+strings.Join(img.Build.Tags, ","))
	}
	args = append(append(args, "--"), img.Imports...)
	err = goOutput(goCommand(ctx, img.Build.Work, append(buildEnv(img.Build), noIndex), args), func(r io.Reader) (err error) {
		closure, err = analyze.Decode(r, own, needsCgo)
		return err
	})
	if err != nil && strings.Contains(err.Error(), "missing go.sum entry") {
		err = fmt.Errorf("%w\nrun `go mod tidy`, and add the go.sum that it writes to the build context", err)
	}
	return closure, err
}

// pkg copies what building p reads. A cgo package may include headers from folders that no listing names
// (-I${SRCDIR}/../include), so its whole module is kept.
func (k keeper) pkg(p analyze.Package) error {
	if p.Standard {
		return nil
	}
	if p.UsesCgo() && p.Module != nil && p.Module.Dir != "" {
		if dest, ok := k.path(p.Module.Dir); ok {
			return copyTree(p.Module.Dir, dest)
		}
	}
	for _, name := range p.Inputs() {
		from := filepath.Join(p.Dir, name)
		dest, ok := k.path(from)
		if !ok {
			return fmt.Errorf("%s lies outside of the module cache and of vendor", from)
		}
		if err := copyFile(from, dest); err != nil {
			return err
		}
	}
	return nil
}

// path maps a file of a dependency to its place in the output.
func (k keeper) path(name string) (string, bool) {
	if rel, ok := analyze.Within(request.ModCache, name); ok {
		return filepath.Join(k.modCache, rel), true
	}
	if rel, ok := analyze.Within(workVendor, name); ok {
		return filepath.Join(k.vendor, rel), true
	}
	return "", false
}

// modules keeps what cmd/go wants to know of modules without building a package of them.
func (k keeper) modules(vendor bool) error {
	if vendor {
		return copyFile(filepath.Join(workVendor, "modules.txt"), filepath.Join(k.vendor, "modules.txt"))
	}
	if exists(request.Fetched) {
		facts := filepath.Join(k.modCache, "cache")
		if err := errors.Join(modcache.Facts(request.Fetched, k.modCache), setTimes(facts, zeroTime)); err != nil {
			return err
		}
	}
	return k.moduleDirs()
}

// moduleDirs makes an empty folder for every unpacked module: cmd/go looks for a package in every module of the build
// list whose path is a prefix of the import.
func (k keeper) moduleDirs() error {
	return filepath.WalkDir(request.ModCache, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		rel, _ := analyze.Within(request.ModCache, path)
		switch {
		case rel == "cache":
			return fs.SkipDir
		case strings.Contains(d.Name(), "@"):
			return errSkip(os.MkdirAll(filepath.Join(k.modCache, rel), 0o755))
		}
		return nil
	})
}

// errSkip turns success into fs.SkipDir.
func errSkip(err error) error {
	if err != nil {
		return err
	}
	return fs.SkipDir
}
