package annotate

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/modship-build/modship/internal/buildarg"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/links"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/toolchain"
)

// module is what is known so far.
type module struct {
	request Request
	tree    *buildContext
	args    buildarg.Values
	// input is what the plan is made of.
	input    plan.Input
	warnings []string
}

// readInput reads the user's files and arguments: a mistake in one does not hide a mistake in another.
func (m *module) readInput() error {
	err := errors.Join(m.readArgs(), config.CheckLabels(m.request.Labels), m.readPlatforms(), m.readConfig(), m.readModules())
	if err != nil {
		return err
	}
	return m.chooseGo()
}

// readArgs takes the one argument with a meaning that matters where nothing is downloaded.
func (m *module) readArgs() (err error) {
	m.args, err = buildarg.Parse(m.request.Args)
	m.input.Epoch = m.args.Epoch
	return err
}

func (m *module) readConfig() error {
	file, err := config.Parse(m.request.Name, m.request.Config)
	if err != nil {
		return err
	}
	m.warnings = append(m.warnings, file.Undeclared(m.args.Own)...)
	m.input.At = func(path string) diag.Range { return file.TargetRange(m.request.Target, path) }
	m.input.Config, err = file.Target(m.request.Target, m.args.Own)
	return err
}

func (m *module) readModules() (err error) {
	fsys := links.New(m.tree.FS)
	if m.input.Facts, err = gomod.Load(fsys); err != nil {
		return err
	}
	return m.input.Facts.Follow(fsys)
}

func (m *module) readPlatforms() error {
	var mistakes []error
	for _, s := range m.request.Platforms {
		t, err := target.Parse(s)
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("--platform: %w", err))
			continue
		}
		m.input.Targets = append(m.input.Targets, t)
	}
	m.input.Targets = target.Dedupe(m.input.Targets)
	return errors.Join(mistakes...)
}

// chooseGo takes the Go version that the files name, if they name one. A wish that no version fulfils is a mistake here as in a
// build.
func (m *module) chooseGo() error {
	version, _, err := toolchain.Exact(m.input.Facts.Toolchain, m.input.Facts.Language, m.input.Config.Go)
	m.input.Go = plan.Go{Version: strings.TrimPrefix(version, "go")}
	return toolchain.Locate(err, m.input.Facts, m.input.At("go"))
}

// plan scans the module and decides what an image is made of.
func (m *module) plan() (*plan.Plan, error) {
	var err error
	in := &m.input
	cgo := plan.NewCgoChoices(in.Config, in.Targets).Scan()
	if in.Scan, err = scan.Within(scan.Deadline, m.tree.FS, plan.ScanRequest(*in, cgo, nil)); err != nil {
		return nil, fmt.Errorf("reading the module's packages: %w", err)
	}
	in.Build = cmp.Or(in.Targets...)
	p, err := plan.Make(*in)
	if err != nil {
		return nil, err
	}
	for _, t := range in.Targets {
		m.tree.sourcesOfC = append(m.tree.sourcesOfC, in.Scan.Images[p.Main.ImportPath][t.String()].CgoFiles()...)
	}
	return p, nil
}
