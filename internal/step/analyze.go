package step

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/modcache"
	"github.com/modship-build/modship/internal/step/request"
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
