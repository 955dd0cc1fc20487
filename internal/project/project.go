// Package project finds out what has to be known of a user's project before there is a plan of it, in the one order of the data:
// configuration and module files, the Go version, the packages, and then, of the files that the plan names, commit and license.
//
// What differs between those who ask is a [Context]: a build has files sent and runs steps, and an answer about a local folder
// needs neither.
package project

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/links"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/toolchain"
	"github.com/modship-build/modship/internal/vcs"
)

// Context reads files of the build context, and answers what is asked about them.
type Context interface {
	// Config gives name and text of the configuration.
	Config(context.Context) (name string, text []byte, err error)
	// Modules calls read with the module files, and again while symbolic links lead to files that were not among those before. place waits
	// until it is known where the module is, and gives that. move says that all that was known of the context lies in a folder of the tree that is
	// read from there on.
	Modules(ctx context.Context, place func() gomod.Place, move func(to string), read func(*links.Tree) error) error
	// NewestGo gives the newest version of Go that fits what the files say, or "" if nobody is asked for it.
	NewestGo(context.Context, plan.Input) (string, error)
	// Scan answers a request from the Go files. Links are what the module files were reached by.
	Scan(ctx context.Context, req scan.Request, links []string) (*scan.Result, error)
	// License gives the SPDX expression for the license files of a folder, or "".
	License(ctx context.Context, dir string) (string, error)
	// Warn tells the user a sentence about the project as a whole.
	Warn(ctx context.Context, sentence string)
}

// Project is what is known so far. It begins with what the caller of the build says.
type Project struct {
	// Input is what the plan is made of.
	plan.Input
	// Folder is the folder of the context that paths of the configuration count from and that has the module, where the caller has taken a
	// folder above it as the context; else "".
	Folder string
	// Shown is the path by which the user reaches the context, as in [gomod.Place].
	Shown string
	// Alone says that nobody can give modules outside of the context, as in [gomod.Place].
	Alone bool
	// Package is the main package that the caller has named by its folder, as in "./cmd/app", counted from Folder; else "".
	Package string
	// NoPlatform says that nobody has asked for the Targets: those of the configuration go before.
	NoPlatform bool
	// NoWork says that no go.work counts.
	NoWork bool
	// Target is the name of a target of the configuration, or ""; Args are the arguments for it.
	Target string
	Args   map[string]string
	// Given are the names of those that the configuration declares, and that have other values than their defaults.
	Given []string
	// Declared are the arguments that the configuration has, by name.
	Declared map[string]config.Arg
	// Choices say which platforms have cgo.
	Choices plan.CgoChoices
	// root is the folder of the context in the tree that is read, "" for the tree itself.
	root string
	// Reached are packages of the module that its dependencies import.
	Reached []string
	// Also are the programs of other targets with which layers are shared, see [plan.Siblings].
	Also [][]string
	// Apart are targets with which none are shared after all, by [plan.Draft.Joined].
	Apart []string
}

// Read reads the user's files, side by side: a mistake in one does not hide a mistake in another.
func (p *Project) Read(ctx context.Context, from Context) error {
	var configErr, modErr error
	var eg errgroup.Group
	configured := make(chan struct{})
	eg.Go(func() error {
		defer close(configured)
		configErr = p.readConfig(ctx, from)
		return nil
	})
	place := func() gomod.Place { <-configured; return gomod.Place{Module: p.Module, NoWork: p.NoWork} }
	read := func(files *links.Tree) error { place(); return p.readModules(files) }
	eg.Go(func() error { modErr = from.Modules(ctx, place, p.move, read); return nil })
	err := eg.Wait()
	if configErr != nil && isNoModule(modErr) {
		modErr = nil // where it is, the configuration would say
	}
	return errors.Join(err, configErr, p.placeModule(modErr))
}

// isNoModule tells whether an error says no more than that there is no module at the root of the context.
func isNoModule(err error) bool {
	all := diag.All(err)
	return len(all) == 1 && all[0].Missing == "go.mod" && all[0].File == ""
}

// placeModule puts the mistake that there is no module where the configuration names its folder.
func (p *Project) placeModule(err error) error {
	if p.Config == nil || p.Config.Module == "" {
		return err
	}
	for _, m := range diag.All(err) {
		if m.File == "" && m.Missing == path.Join(p.Module, "go.mod") {
			m.Range = p.At("module")
		}
	}
	return err
}

// readConfig picks the target of the configuration.
func (p *Project) readConfig(ctx context.Context, from Context) error {
	name, text, err := from.Config(ctx)
	if err != nil {
		return err
	}
	file, err := config.Parse(name, text)
	if err != nil {
		return err
	}
	for _, sentence := range file.Undeclared(p.Args) {
		from.Warn(ctx, sentence)
	}
	p.Given = file.Changed(p.Args)
	p.Declared = file.Args()
	p.ByName = file.ByName()
	target, program := file.Choose(p.Target)
	if p.Program = program; program == "" {
		p.Target = target
		if err := p.choosePackage(file); err != nil {
			return err
		}
		target = p.Target
	}
	if target == "" {
		p.Named = file.Targets()
	}
	p.At = func(path string) diag.Range { return file.TargetRange(target, path) }
	if string(text) == defaults.NoConfig { // nobody wrote it, so nothing is wrong there
		p.At = func(string) diag.Range { return diag.Range{} }
	}
	if p.Config, err = file.Target(target, p.Args); err != nil {
		return err
	}
	p.takePackage()
	if own := p.Config.Targets(); p.NoPlatform && len(own) > 0 {
		p.Targets = own
	}
	p.place()
	p.Choices = plan.NewCgoChoices(p.Config, p.Targets)
	p.Also = plan.Siblings(file, p.Config, p.Args)
	return nil
}

// place makes paths of the configuration such of the context.
func (p *Project) place() {
	p.Module = path.Join(p.Folder, p.Config.Module)
	if p.Folder != "" {
		p.placeFiles(p.Folder)
	}
}

func (p *Project) placeFiles(dir string) {
	for i := range p.Config.Image.Files {
		if f := &p.Config.Image.Files[i]; f.Context == "" {
			f.From = path.Join(dir, f.From)
		}
	}
	for i := range p.Config.Source {
		s := &p.Config.Source[i]
		s.To = path.Join(dir, s.To)
	}
}

// move makes all paths such of a tree in which the context is a folder.
func (p *Project) move(to string) {
	p.root, p.Folder, p.Module = to, path.Join(to, p.Folder), path.Join(to, p.Module)
	if p.Config != nil {
		p.placeFiles(to)
	}
}

func (p *Project) readModules(files *links.Tree) (err error) {
	if p.Facts, err = gomod.LoadAt(files, gomod.Place{Module: p.Module, NoWork: p.NoWork, Context: p.root, Shown: p.Shown, Alone: p.Alone}); err != nil {
		return err
	}
	return p.Facts.Follow(files)
}

// ChooseGo settles the exact Go version: what the configuration says, else go.mod's toolchain line, else the newest patch of its go
// line.
func (p *Project) ChooseGo(ctx context.Context, from Context) error {
	version, exact, err := toolchain.Exact(p.Facts.Toolchain, p.Facts.Language, p.Config.Go.Version)
	if err == nil && !exact {
		version, err = from.NewestGo(ctx, p.Input)
	}
	if err != nil {
		return toolchain.Locate(err, p.Facts, p.At("go"))
	}
	p.Go = plan.Go{Version: strings.TrimPrefix(version, "go"), Pins: p.Config.Go.Sums}
	return nil
}

// ScanPackages reads the module's own packages, for all platforms at once.
func (p *Project) ScanPackages(ctx context.Context, from Context) (err error) {
	p.Scan, err = from.Scan(ctx, plan.ScanRequest(p.Input, p.Choices.Scan(), p.Reached, p.Also), p.Facts.Links)
	if err != nil {
		return err
	}
	maps.DeleteFunc(p.Scan.Also, func(joined string, _ map[string]scan.Outgoing) bool { return slices.Contains(p.Apart, joined) })
	if p.Program == "" || len(p.Scan.Mains) == 0 {
		return nil
	}
	return p.chooseProgram()
}

// chooseProgram writes the program that was asked for by its name into the configuration.
func (p *Project) chooseProgram() error {
	main, ok := p.Scan.Named(p.Program)
	if ok {
		spelled := p.Scan.Spelling(main)
		if p.Package != "" && !isPackage(spelled, p.Package) {
			return p.otherProgram(diag.Range{File: "--target"}, p.Program, spelled)
		}
		p.Config.Main = config.Mains{spelled}
		return nil
	}
	names := slices.DeleteFunc(p.Scan.Names(), func(name string) bool { return name == "" })
	help := "targets: " + strings.Join(names, ", ")
	if near := diag.Suggest(p.Program, names); near != "" {
		help = fmt.Sprintf("%s (%s)", near, help)
	}
	return &diag.Error{Range: diag.Range{File: "--target"}, Msg: fmt.Sprintf("no main package of the module is called %q", p.Program), Help: help}
}

// LeaveApart has layers shared with fewer targets, or with none if the project's own one is among those that share none. Each is named by
// [plan.Draft.Joined].
func (p *Project) LeaveApart(own string, targets []string) {
	if p.Apart = append(p.Apart, targets...); slices.Contains(targets, own) {
		p.Also = nil
	}
}

// ReadLicense recognises the license of the module of the program, by what is in the module's own folder or, as for the zips of modules,
// at the root of the context if there is nothing, unless the configuration names one.
func (p *Project) ReadLicense(ctx context.Context, from Context, draft *plan.Draft) (string, error) {
	if p.Config.Metadata.Licenses != "" {
		return "", nil
	}
	dir := p.Facts.ModuleOf(draft.Main.Dir).Dir
	expression, err := from.License(ctx, dir)
	if root := path.Clean(p.root); err == nil && expression == "" && dir != root {
		return from.License(ctx, root)
	}
	return expression, err
}

// AskCommit is what a repository is asked about the files of a draft; prefix is the folder of the context in the checkout, or base that of the
// checkout in the context.
func (p *Project) AskCommit(draft *plan.Draft, prefix, base string) vcs.Question {
	own := p.Facts.ModuleOf(draft.Main.Dir)
	dir := own.Dir
	if base != "" {
		dir, _ = gomod.CutPath(dir, base)
	}
	return vcs.Question{Module: vcs.Module{Path: own.Path, Dir: path.Join(prefix, dir)}, Prefix: prefix, Base: base}
}

// SettleCommit gives what the repository and the client say of the commit, or nil. Where they disagree, and where the repository cannot be
// read, the user is warned: a build does without.
func SettleCommit(ctx context.Context, from Context, found vcs.Found, said vcs.Facts) *vcs.Facts {
	facts, warnings := found.Settle(said)
	for _, sentence := range warnings {
		from.Warn(ctx, sentence)
	}
	return facts
}
