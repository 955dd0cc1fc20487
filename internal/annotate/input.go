package annotate

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/toolchain"
)

// module is what is known so far.
type module struct {
	request Request
	tree    *buildContext
	file    *config.File
	input   plan.Input
	// epoch is SOURCE_DATE_EPOCH, or nil.
	epoch    *time.Time
	warnings []string
}

// readInput reads the user's files and arguments: a mistake in one does not hide a mistake in another.
func (m *module) readInput() error {
	err := errors.Join(m.readArgs(), m.checkLabels(), m.readPlatforms(), m.readConfig(), m.readModules())
	if err != nil {
		return err
	}
	return m.chooseGo()
}

func (m *module) readConfig() (err error) {
	if m.file, err = config.Parse(m.request.Name, m.request.Config); err != nil {
		return err
	}
	m.warnUnknownArgs()
	m.input.At = func(path string) diag.Range { return m.file.TargetRange(m.request.Target, path) }
	m.input.Config, err = m.file.Target(m.request.Target, m.request.Args)
	return err
}

// warnUnknownArgs names build arguments that have no effect. They are no mistake: one command line serves several builds.
func (m *module) warnUnknownArgs() {
	declared := m.file.Args()
	for _, name := range slices.Sorted(maps.Keys(m.request.Args)) {
		if _, ok := declared[name]; ok || m.predefined(name) {
			continue
		}
		msg := fmt.Sprintf("build argument %s is not declared in args and has no effect", name)
		if hint := diag.Suggest(name, slices.Collect(maps.Keys(declared))); hint != "" {
			msg += "; " + hint
		}
		m.warnf("%s", msg)
	}
}

// predefined tells the arguments that builds understand without a declaration.
func (m *module) predefined(name string) bool {
	same := func(known string) bool { return strings.EqualFold(known, name) }
	return strings.HasPrefix(name, "BUILDKIT_") || slices.ContainsFunc(m.request.Predefined, same)
}

func (m *module) readModules() (err error) {
	m.input.Facts, err = gomod.Load(m.tree)
	return err
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

// epochArg is the time of reproducible builds, in seconds since 1970 (https://reproducible-builds.org/specs/source-date-epoch).
const epochArg = "SOURCE_DATE_EPOCH"

// maxEpoch is the last second that RFC 3339 can say: the end of the year 9999.
const maxEpoch = 253402300799

// readArgs reads the one build argument that has a meaning here.
func (m *module) readArgs() error {
	v := m.request.Args[epochArg]
	if v == "" {
		return nil
	}
	seconds, err := strconv.ParseInt(v, 10, 64)
	if err != nil || seconds < 0 || seconds > maxEpoch {
		return &diag.Error{Range: diag.Range{File: epochArg}, Msg: fmt.Sprintf("want a number of seconds since 1970, got %q", v)}
	}
	t := time.Unix(seconds, 0).UTC()
	m.epoch = &t
	return nil
}

// checkLabels judges the user's --label; those of the configuration are checked where they stand.
func (m *module) checkLabels() error {
	var mistakes diag.List
	for _, key := range slices.Sorted(maps.Keys(m.request.Labels)) {
		if err := config.CheckLabel(key, m.request.Labels[key]); err != nil {
			mistakes.Addf(diag.Range{File: "--label"}, "%q is not usable", key).Err = err
		}
	}
	return mistakes.Err()
}

// chooseGo takes the Go version that the files name, if they name one. A wish that no version fulfils is a mistake here as in a
// build.
func (m *module) chooseGo() error {
	version, _, err := toolchain.Exact(m.input.Facts.Toolchain, m.input.Facts.Language, m.input.Config.Go)
	m.input.Go = plan.Go{Version: strings.TrimPrefix(version, "go")}
	want, ok := errors.AsType[*toolchain.WantError](err)
	if !ok {
		return err
	}
	at := m.input.Facts.GoLine()
	switch want.Input {
	case toolchain.InputConfig:
		at = m.input.At("go")
	case toolchain.InputToolchain:
		at = m.input.Facts.ToolchainLine()
	}
	return &diag.Error{Range: at, Msg: want.Msg, Help: want.Help}
}

// plan scans the module and decides what an image is made of.
func (m *module) plan() (*plan.Plan, error) {
	var err error
	in := &m.input
	if in.Scan, err = scan.Scan(m.tree, plan.ScanRequest(in.Config, in.Facts, in.Go, in.Targets, plan.NewCgoChoices(in.Config, in.Targets).Scan(), nil)); err != nil {
		return nil, fmt.Errorf("reading the module's packages: %w", err)
	}
	in.Build = cmp.Or(in.Targets...)
	return plan.Make(*in)
}
