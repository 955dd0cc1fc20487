package step

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/request"
)

// seed keeps the entries of an image of compiled dependencies as if this machine had made them, unless it has made some.
func seed(_ context.Context, req request.Seed) error {
	if err := layOut(req.Build); err != nil {
		return err
	}
	kept, err := findKept(req.Build)
	if err != nil {
		return err
	}
	var report request.SeedReport
	for _, folder := range kept.list() {
		entries, err := keptEntries(folder)
		if err != nil {
			return fmt.Errorf("looking for compiled packages of earlier builds: %w", err)
		}
		report.Kept += len(entries)
	}
	if report.Kept == 0 && exists(request.SeedCache) {
		if err := keepSeed(request.SeedCache, kept, req.Build.Vendor); err != nil {
			return fmt.Errorf("taking over the compiled packages of the seed: %w", err)
		}
	}
	if err := os.MkdirAll(request.Said, 0o755); err != nil {
		return err
	}
	return writeJSON(filepath.Join(request.Said, request.SeedFile), report)
}

// keepSeed keeps all entries of a compile cache. Of vendored packages those of Go files alone: which other files a seed was made of, that C
// and assembly could read, is not known, and those of a folder vendor can be edited.
func keepSeed(cache string, kept keptFolders, vendored bool) error {
	now := time.Now()
	var eg errgroup.Group
	eg.SetLimit(runtime.NumCPU())
	err := eachFile(cache, func(path string) error {
		if isEntry(path) {
			eg.Go(func() error {
				folder, err := kept.of(cache, path)
				if err != nil || vendored && folder != kept.pure {
					return err
				}
				return keepEntry(path, filepath.Join(folder, placeOf(path)), now)
			})
		}
		return nil
	})
	return errors.Join(err, eg.Wait())
}
