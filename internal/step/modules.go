package step

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/modship-build/modship/internal/licenses"
	"github.com/modship-build/modship/internal/modcache"
	"github.com/modship-build/modship/internal/step/request"
)

// modules gives the zips of the build list, each verified against go.sum, and not one file unpacked: a build reads a few of
// many thousand, and step analyze knows which. A zip that a later build may take over, in the kept cache, stays as it was.
func modules(ctx context.Context, req request.Modules) error {
	go licenses.Prepare() // the network is slow enough for it
	list, err := fetchModules(ctx, req)
	if err != nil {
		return err
	}
	if err := modcache.AddLicenses(list, request.Out); err != nil {
		return err
	}
	if err := modcache.Slim(list, request.Out); err != nil {
		return err
	}
	if err := trim(request.Zips, zipsKeptFor); err != nil {
		return fmt.Errorf("trimming the kept zips: %w", err)
	}
	if err := writeJSON(filepath.Join(request.Out, modcache.ListFile), list); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "modules: %d\n", len(list))
	return setTimes(request.Out, zeroTime)
}

func fetchModules(ctx context.Context, req request.Modules) ([]modcache.Module, error) {
	if req.Graph {
		return downloadGraph(ctx, req)
	}
	gomod, err := os.ReadFile(filepath.Join(request.Source, "go.mod"))
	if err != nil {
		return nil, err
	}
	list, complete, err := modcache.List("go.mod", gomod)
	if err != nil {
		return nil, err
	}
	if !complete {
		return nil, errors.New("go.mod does not name every module of the build list: run `go mod tidy`")
	}
	client, err := proxyClient()
	if err != nil {
		return nil, err
	}
	sums := modcache.Sums{}
	if gosum, err := os.ReadFile(filepath.Join(request.Source, "go.sum")); err == nil {
		sums.Add(gosum)
	}
	f := &modcache.Fetcher{Settings: settings(), Client: client}
	if exists(request.Zips) {
		f.Kept = request.Zips
	}
	return list, f.Fetch(ctx, list, sums, request.Out)
}
