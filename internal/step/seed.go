package step

import (
	"context"
	"crypto/sha256"
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
func seed(context.Context, request.Seed) error {
	kept := keptFoldersOf(request.KeptCache, readNothing())
	var report request.SeedReport
	for _, folder := range kept.list() {
		entries, err := keptEntries(folder)
		if err != nil {
			return fmt.Errorf("looking for compiled packages of earlier builds: %w", err)
		}
		report.Kept += len(entries)
	}
	if report.Kept == 0 && exists(request.SeedCache) {
		if err := keepSeed(request.SeedCache, kept); err != nil {
			return fmt.Errorf("taking over the compiled packages of the seed: %w", err)
		}
	}
	if err := os.MkdirAll(request.Said, 0o755); err != nil {
		return err
	}
	return writeJSON(filepath.Join(request.Said, request.SeedFile), report)
}

// readNothing is the sum of the files that compilers can read where there are none of the user's: downloaded modules are known by their
// versions. Which others a seed was made of is not known, so of packages that lie in a folder vendor, those with C or assembly are not found.
func readNothing() []byte {
	sum := sha256.Sum256(nil)
	return sum[:]
}

// keepSeed keeps all entries of a compile cache.
func keepSeed(cache string, kept keptFolders) error {
	now := time.Now()
	pack, err := newPacker()
	if err != nil {
		return err
	}
	var eg errgroup.Group
	eg.SetLimit(runtime.NumCPU())
	err = eachFile(cache, func(path string) error {
		if isEntry(path) {
			eg.Go(func() error {
				folder, err := kept.of(cache, path)
				if err != nil {
					return err
				}
				return keepEntry(path, filepath.Join(folder, placeOf(path)), now, pack)
			})
		}
		return nil
	})
	return errors.Join(err, eg.Wait())
}
