package step

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/modcache"
	"github.com/modship-build/modship/internal/request"
)

// unpacked is the module cache of this step. It lies beside what is kept of it, so that a file that several platforms need is one
// file with several names: to make many files takes longer than to list what is needed.
var unpacked = filepath.Join(request.Out, "unpacked")

// vendorDir is the folder vendor of the module or the workspace.
func vendorDir(root string) string { return filepath.Join(rootDir(root), "vendor") }

// analyzeImports lists the closure of the outgoing imports of each image and keeps those of its files that a build reads: a
// few megabytes instead of the whole module cache.
func analyzeImports(ctx context.Context, req request.Analyze) error {
	if err := errors.Join(copyTree(request.Source, request.Work), os.MkdirAll(unpacked, 0o755)); err != nil {
		return err
	}
	zips, err := findZips()
	if err != nil {
		return err
	}
	if err := unpackImports(req, zips); err != nil {
		return err
	}
	closures, err := listWhole(ctx, req, zips)
	if targets := apart(req, closures); len(targets) > 0 {
		return sayApart(req, targets)
	}
	if err != nil {
		return err
	}
	if err := eachImage(req, func(i int) error { return keepClosure(closures[i], req.Images[i], req.Table) }); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(unpacked), setTimes(request.Out, zeroTime), leaveToken())
}

// leaveToken says in which build the step ran, if somebody wants to know.
func leaveToken() error {
	token := os.Getenv(request.TokenVariable)
	if token == "" {
		return nil
	}
	if err := os.MkdirAll(request.Said, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(request.Said, request.TokenFile), []byte(token), 0o644)
}

// listWhole gives the closures with a second look. What was unpacked is a guess, and the go command has the last word: if need be, it sees
// every module.
func listWhole(ctx context.Context, req request.Analyze, zips keptZips) ([]analyze.Closure, error) {
	closures, err := listClosures(ctx, req)
	if err == nil {
		return closures, nil
	}
	more, unpackErr := unpackAll(req, closures, zips)
	if unpackErr != nil || !more {
		return closures, errors.Join(err, unpackErr)
	}
	return listClosures(ctx, req)
}

// apart gives the targets, of several, that are to be looked at by themselves: then what is wrong with the packages of one is no mistake of
// another, and what dependencies import of the module is compiled with the programs of that target alone.
func apart(req request.Analyze, closures []analyze.Closure) []string {
	var targets []string
	for i, c := range closures {
		if len(c.Failed)+len(c.Reached) == 0 {
			continue
		}
		found := false
		for joined, imports := range req.Images[i].Programs {
			if own := c.Of(imports); len(own.Failed)+len(own.Reached) > 0 {
				targets, found = append(targets, joined), true
			}
		}
		if !found { // nobody's that can be told
			targets = slices.AppendSeq(targets, maps.Keys(req.Images[i].Programs))
		}
	}
	slices.Sort(targets)
	return slices.Compact(targets)
}

func sayApart(req request.Analyze, targets []string) error {
	for _, img := range req.Images {
		said := filepath.Join(request.Said, request.AnalyzedDir(img.Build.Target))
		if err := os.MkdirAll(said, 0o755); err != nil {
			return err
		}
		if err := writeJSON(filepath.Join(said, request.AnalysisFile), analyze.Summary{Apart: targets}); err != nil {
			return err
		}
	}
	return errors.Join(os.RemoveAll(unpacked), setTimes(request.Out, zeroTime))
}

// listClosures gives the closures in the order of the images, also those that lack packages, with the first image's error.
func listClosures(ctx context.Context, req request.Analyze) ([]analyze.Closure, error) {
	closures := make([]analyze.Closure, len(req.Images))
	err := eachImage(req, func(i int) (err error) {
		closures[i], err = listClosure(ctx, req.Images[i], req.Table)
		return err
	})
	return closures, err
}

func eachImage(req request.Analyze, do func(i int) error) error {
	var eg errgroup.Group
	eg.SetLimit(runtime.NumCPU())
	for i := range req.Images {
		eg.Go(func() error { return do(i) })
	}
	return eg.Wait()
}

// unpackAll unpacks all modules whole, if that can help with the packages that could not be loaded. No listing may run.
func unpackAll(req request.Analyze, closures []analyze.Closure, zips keptZips) (more bool, err error) {
	var failed []string
	for _, c := range closures {
		failed = append(failed, c.Failed...)
	}
	if len(failed) == 0 || !exists(request.Fetched) {
		return false, nil
	}
	return modcache.Whole(zips.find, req.Modules, unpacked, failed)
}

// unpackImports unpacks from the zips of step modules what the imports probably need.
func unpackImports(req request.Analyze, zips keptZips) error {
	if !exists(request.Fetched) {
		return nil // vendored, or nothing to fetch
	}
	given := []string{request.Graphed}
	for part := range request.ModuleParts {
		given = append(given, request.FetchedPart(part))
	}
	for _, dir := range given {
		if err := modcache.Facts(dir, unpacked); err != nil {
			return err
		}
	}
	wanted := make([]modcache.Imports, len(req.Images))
	for i, img := range req.Images {
		ctx, err := buildContext(img.Build, img.Build.Cgo != nil)
		if err != nil {
			return err
		}
		wanted[i] = modcache.Imports{Paths: img.Imports, Context: ctx}
	}
	return modcache.Extract(zips.find, req.Modules, unpacked, wanted...)
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

func listClosure(ctx context.Context, img request.Imports, table gomod.Table) (closure analyze.Closure, err error) {
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
	env := append(buildEnv(img.Build), "GOMODCACHE="+unpacked, noIndex)
	err = goOutput(goCommand(ctx, img.Build.Root, img.Build.Work, env, args), func(r io.Reader) (err error) {
		closure, err = analyze.Decode(r, table.InContext(), needsCgo)
		closure.Imports = img.Imports
		return err
	})
	for _, m := range diag.All(err) {
		explainSum(m, table)
	}
	return closure, err
}

// notFetched is what cmd/go says in a workspace of a module whose zip has no sum, so that step modules did not fetch it: in workspaces,
// and only there, it would write the sum down.
const notFetched = ": module lookup disabled by GOPROXY=off"

// explainSum says where a sum is missing and how it comes there.
func explainSum(m *diag.Error, table gomod.Table) {
	imp, ok := strings.CutSuffix(m.Msg, notFetched)
	if ok {
		m.Msg = "missing go.sum entry for module providing package " + imp
	} else if !strings.Contains(m.Msg, "missing go.sum entry") {
		return
	}
	m.Msg, _, _ = strings.Cut(m.Msg, "; to add:") // one module of many
	m.Help = sumHelpFor(table.Work)
	if _, after, found := strings.Cut(m.Msg, "providing package "); found {
		imp, _, _ = strings.Cut(after, " ")
	}
	provider := table.Providing(imp)
	if provider.Version == "" {
		return
	}
	from := provider.Download()
	if ok {
		m.Msg = from.String() + ": " + m.Msg
	}
	if m.File == "" {
		m.Range = sumPlace(from, table)
	}
}

// sumPlace is where a sum of a module is missed; none if the module files cannot be read, which others report. The place is a line, and
// so no part of the request.
func sumPlace(m module.Version, table gomod.Table) diag.Range {
	root, err := os.OpenRoot(request.Source)
	if err != nil {
		return diag.Range{}
	}
	defer root.Close()
	facts, err := gomod.LoadAt(root.FS(), gomod.Place{Module: table.Root})
	if err != nil {
		return diag.Range{}
	}
	return facts.SumPlace(m)
}
