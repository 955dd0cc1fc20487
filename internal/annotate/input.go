package annotate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/modship-build/modship/internal/buildarg"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/licenses"
	"github.com/modship-build/modship/internal/links"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/project"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
)

// module is what is known so far.
type module struct {
	request Request
	tree    *buildContext
	// scanned is the tree with the contexts that are laid over it; roots are their folders.
	scanned  fs.FS
	roots    []*os.Root
	project  project.Project
	warnings []string
}

// readInput reads the user's files and arguments: a mistake in one does not hide a mistake in another.
func (m *module) readInput(ctx context.Context) error {
	m.project.Target, m.project.Folder, m.project.Package, m.project.Shown = m.request.Target, m.request.Folder, m.request.Package, m.request.Shown
	m.project.Alone = true
	err := errors.Join(m.readArgs(), config.CheckLabels(m.request.Labels), m.readPlatforms(), m.project.Read(ctx, m))
	if err != nil {
		return err
	}
	return errors.Join(m.layContexts(ctx), m.project.ChooseGo(ctx, m))
}

// readArgs takes the one argument with a meaning that matters where nothing is downloaded.
func (m *module) readArgs() error {
	args, err := buildarg.Parse(m.request.Args)
	m.project.Epoch, m.project.Args, m.project.NoWork = args.Epoch, args.Own, args.NoWork
	return err
}

func (m *module) readPlatforms() (err error) {
	m.project.Targets, err = project.Platforms(m.request.Platforms, target.Parse)
	return err
}

// Config gives the configuration that the request has.
func (m *module) Config(context.Context) (name string, text []byte, err error) {
	return m.request.Name, m.request.Config, nil
}

// Modules has the module files read where they are.
func (m *module) Modules(_ context.Context, _ func() gomod.Place, _ func(string), read func(*links.Tree) error) error {
	return read(links.New(m.tree.FS))
}

// NewestGo is not known here.
func (m *module) NewestGo(context.Context, plan.Input) (string, error) { return "", nil }

// Scan reads the module's own packages where they are.
func (m *module) Scan(_ context.Context, req scan.Request, _ []string) (*scan.Result, error) {
	found, err := scan.Within(scan.Deadline, m.scanned, req)
	if err != nil {
		return nil, fmt.Errorf("reading the module's packages: %w", err)
	}
	return found, nil
}

// License recognises the license of the module in a folder.
func (m *module) License(_ context.Context, dir string) (string, error) {
	expression, _, err := licenses.Detect(m.tree, dir)
	if err != nil {
		return "", fmt.Errorf("recognising the license: %w", err)
	}
	return expression, nil
}

// Warn notes a warning.
func (m *module) Warn(_ context.Context, sentence string) { m.warnings = append(m.warnings, sentence) }

// draft decides what an image is made of, by what the module's own packages tell. With what C is compiled is not asked.
func (m *module) draft(ctx context.Context) (*plan.Draft, error) {
	if err := m.project.ScanPackages(ctx, m); err != nil {
		return nil, err
	}
	m.project.Build = cmp.Or(m.project.Targets...)
	return plan.NewDraft(m.project.Input, nil)
}

// partOfC is what C of the module's own packages includes, which is a part of the images although their draft has no C.
func (m *module) partOfC(d *plan.Draft) plan.Part {
	var part plan.Part
	for _, t := range m.project.Targets {
		part.Including = append(part.Including, d.Scanned(m.project.Scan, t).CgoFiles()...)
	}
	return part
}
