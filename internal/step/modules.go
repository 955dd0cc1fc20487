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
	"github.com/modship-build/modship/internal/licenses"
	"github.com/modship-build/modship/internal/modcache"
	"github.com/modship-build/modship/internal/modfetch"
	"github.com/modship-build/modship/internal/step/request"
)

// downloads is where the steps that fetch modules write them.
const downloads = request.Out + "/" + modcache.Downloads

// modules gives the zips of the build list, each verified against go.sum, and not one file unpacked: a build reads a few of
// many thousand, and step analyze knows which. A zip that a later build may take over, in the kept cache, stays as it was.
func modules(ctx context.Context, _ request.Modules) error {
	go licenses.Prepare() // the network is slow enough for it
	list, err := fetchModules(ctx)
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

func fetchModules(ctx context.Context) ([]modcache.Module, error) {
	source, err := openModules()
	if err != nil {
		return nil, err
	}
	defer source.Close()
	chosen, err := source.buildList()
	if err != nil {
		return nil, err
	}
	f, err := fetcher()
	if err != nil {
		return nil, err
	}
	var list []modcache.Module
	var from []module.Version
	for _, m := range chosen {
		if m.Version != "" { // no folder of the context
			list = append(list, modcache.Module{Path: m.Path, From: m.Download()})
			from = append(from, m.Download())
		}
	}
	return list, f.Modules(ctx, from, source.sums, downloads)
}

// graph chooses the build list where the module files do not name all of it. No go command takes part: one runs only where there is
// neither network nor secret.
func graph(ctx context.Context, _ request.Graph) error {
	source, err := openModules()
	if err != nil {
		return err
	}
	defer source.Close()
	f, err := fetcher()
	if err != nil {
		return err
	}
	list, err := source.facts.BuildList(func(list []module.Version) ([][]byte, error) {
		return f.GoMods(ctx, list, source.sums, downloads)
	})
	if err != nil {
		return locateSums(err, source.facts)
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

// locateSums gives sums that go.sum misses the places where they are missed, and says how they come there.
func locateSums(err error, facts *gomod.Facts) error {
	var mistakes diag.List
	for _, e := range leaves(err) {
		missing, ok := e.(*modfetch.MissingSumError)
		if !ok {
			mistake, ok := e.(*diag.Error)
			if !ok {
				return withSumHelp(err, facts.Work) // they are not all that it says
			}
			mistakes = append(mistakes, mistake)
			continue
		}
		mistakes.Addf(facts.SumPlace(missing.Module), "%s", missing).Help = sumHelpFor(facts.Work)
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

func sumHelpFor(workspace bool) string {
	if workspace {
		return workSumHelp
	}
	return sumHelp
}

// moduleFiles are the files of the context that say which modules there are. The folder is opened as a root: no link in it
// leads to a secret of the step.
type moduleFiles struct {
	*os.Root
	facts *gomod.Facts
	sums  modfetch.GoSum
}

func openModules() (*moduleFiles, error) {
	root, err := os.OpenRoot(request.Source)
	if err != nil {
		return nil, err
	}
	m := &moduleFiles{Root: root, sums: modfetch.GoSum{}}
	if m.facts, err = gomod.Load(root.FS()); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	for _, name := range m.facts.SumFiles() {
		text, err := root.ReadFile(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, errors.Join(fmt.Errorf("reading %s: %w", name, err), root.Close())
		}
		m.sums.Add(text)
	}
	return m, nil
}

// buildList is what step graph has chosen, or what the module files name.
func (m *moduleFiles) buildList() (list []gomod.Module, err error) {
	if exists(request.Graphed) {
		if err := modcache.Facts(request.Graphed, request.Out); err != nil {
			return nil, err
		}
		err := readJSON(filepath.Join(request.Graphed, request.GraphFile), &list)
		return list, err
	}
	return m.facts.BuildList(func([]module.Version) ([][]byte, error) {
		return nil, errors.New("the requirements of modules have not been followed")
	})
}
