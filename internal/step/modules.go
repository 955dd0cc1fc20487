package step

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/modcache"
	"github.com/modship-build/modship/internal/modfetch"
	"github.com/modship-build/modship/internal/request"
)

// downloads is where the steps that fetch modules write them.
const downloads = request.Out + "/" + modcache.Downloads

// modules verifies the zips of modules, and unpacks not one file: a build reads a few of many thousand, and step analyze knows which. What
// it gives travels with exported caches, so zips stay where they are kept between builds. A build that is to trust nothing kept gets them,
// without what it cannot read.
func modules(ctx context.Context, req request.Modules) error {
	list, sums := pinned(req.Modules)
	f, err := moduleFetcher()
	if err != nil {
		return err
	}
	f.Parallel = min(max(3, len(list)/4), 10) // few where there are other parts beside
	progress := newFetching(shown(), fetchingPause)
	progress.want(len(list))
	f.Fetched = progress.fetched
	if err := f.Modules(ctx, list, sums, downloads); err != nil {
		return refusedBy(err, req.Hosts)
	}
	texts, err := modcache.Licenses(list, request.Out, filepath.Join(request.Out, request.LicensesDir))
	if err != nil {
		return err
	}
	if req.Kept {
		err = leaveZips(list)
	} else {
		err = modcache.Slim(list, request.Out)
	}
	if err != nil {
		return err
	}
	if err := trim(request.Zips, zipsKeptFor); err != nil {
		return fmt.Errorf("trimming the kept zips: %w", err)
	}
	if err := writeJSON(filepath.Join(request.Out, request.LicensesFile), texts); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "modules: %d\n", len(list))
	return setTimes(request.Out, zeroTime)
}

// pinned gives the modules of a request, and what vouches for them.
func pinned(modules []gomod.Pinned) (list []module.Version, sums modfetch.GoSum) {
	sums = modfetch.GoSum{}
	for _, m := range modules {
		list = append(list, m.Version)
		sums[m.Version] = m.Zip
		sums[module.Version{Path: m.Path, Version: m.Version.Version + "/go.mod"}] = m.Mod
	}
	return list, sums
}

// readSums reads the hashes of modules. The folder is opened as a root: no link in it leads to a secret of the step.
func readSums(root *os.Root, names []string) (modfetch.GoSum, error) {
	sums := modfetch.GoSum{}
	for _, name := range names {
		text, err := root.ReadFile(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		sums.Add(text)
	}
	return sums, nil
}

// graph chooses the build list where the module files do not name all of it. No go command takes part: one runs only where there is
// neither network nor secret.
func graph(ctx context.Context, req request.Graph) error {
	root, err := os.OpenRoot(request.Source)
	if err != nil {
		return err
	}
	defer root.Close()
	facts, err := gomod.LoadAt(root.FS(), gomod.Place{Module: req.Root})
	if err != nil {
		return err
	}
	sums, err := readSums(root, facts.SumFiles())
	if err != nil {
		return err
	}
	f, err := moduleFetcher()
	if err != nil {
		return err
	}
	progress := newFetching(shown(), fetchingPause)
	f.Fetched = progress.fetched
	list, err := facts.BuildList(func(list []module.Version) ([][]byte, error) {
		progress.want(len(list))
		return f.GoMods(ctx, list, sums, downloads)
	})
	if err != nil {
		return refusedBy(locateModules(err, facts), req.Hosts)
	}
	if err := writeJSON(filepath.Join(request.Out, request.GraphFile), list); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "modules: %d\n", len(list))
	return setTimes(request.Out, zeroTime)
}

// How a sum comes into the file that lacks it.
const (
	sumHelp     = "run `go mod tidy`, and add the go.sum that it writes to the build context"
	workSumHelp = "run `go mod download`, and add the go.work.sum that it writes to the build context"
)

// locateModules gives sums that go.sum misses, and modules that cannot be fetched, the places where they are wanted, and says how sums come
// there.
func locateModules(err error, facts *gomod.Facts) error {
	var mistakes diag.List
	for _, e := range leaves(err) {
		switch e := e.(type) {
		case *diag.Error:
			mistakes = append(mistakes, e)
		case *modfetch.MissingSumError:
			mistakes.Addf(facts.SumPlace(e.Module), "%s", e).Help = sumHelpOf(facts, e.Module)
		case *modfetch.ModuleError:
			mistakes.Addf(facts.FetchPlace(e.Module), "%s", e)
		default:
			return withSumHelp(err, facts.Work) // they are not all that it says
		}
	}
	return mistakes.Err()
}

// leaves are the errors that an error joins.
func leaves(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, leaves(e)...)
	}
	return all
}

// withSumHelp says how the lines come into go.sum that an error misses.
func withSumHelp(err error, workspace bool) error {
	if _, ok := errors.AsType[*modfetch.MissingSumError](err); !ok {
		return err
	}
	return fmt.Errorf("%w\n%s", err, sumHelpFor(workspace))
}

// sumHelpOf is the help for a module that files of a context want. A version of a module that go.work uses may be nowhere.
func sumHelpOf(facts *gomod.Facts, m module.Version) string {
	if replace := facts.WorkReplace(m); replace != "" {
		return "go.work uses the module from a folder, and this version of it is asked for all the same: run `" + replace + "` in the workspace"
	}
	return sumHelpFor(facts.Work)
}

func sumHelpFor(workspace bool) string {
	if workspace {
		return workSumHelp
	}
	return sumHelp
}
