package frontend

import (
	"context"
	"path"
	"strings"
	"sync"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/lint"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/rules"
)

// findings are what breaks rules, as far as it is more than a warning.
type findings struct {
	levels levels
	// asked says that findings are what is asked for: none is a warning, and none ends the build.
	asked bool

	mu   sync.Mutex
	list diag.List
}

// take keeps a finding, and says so; of others it is not told.
func (f *findings) take(w *diag.Error, level rules.Level) bool {
	if !f.asked && level != rules.Error || f.asked && w.Rule == "" {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, w)
	return true
}

// all are the findings that were kept.
func (f *findings) all() diag.List {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.list
}

// report tells findings, each as its level says.
func (b *builder) report(ctx context.Context, list diag.List) {
	for _, w := range list {
		b.warnAt(ctx, w)
	}
}

// refuse ends a build for what breaks a rule of the level error. Each finding then says where the rule is explained.
func (b *builder) refuse() error {
	var list diag.List
	for _, w := range b.findings.all() {
		refused := *w
		refused.Help = strings.TrimPrefix(w.Help+"; see "+ruleURL(w.Rule), "; ")
		list = append(list, &refused)
	}
	return list.Err()
}

// ruleURL is the page of a rule, or "".
func ruleURL(id string) string {
	rule, err := rules.All().Find(id)
	if err != nil {
		return ""
	}
	return rule.URL
}

// lintProject holds the files of the project against the rules.
func (b *builder) lintProject(ctx context.Context, in *input) {
	b.report(ctx, lint.Project(in.Input, in.Declared, in.Args))
}

// lintModules looks at what costs more than a build has time for, or that the build would come upon by itself: what go.sum lacks, and what
// authors say of versions.
func (b *builder) lintModules(ctx context.Context, in *input) error {
	b.report(ctx, lint.Sums(in.Facts, in.Sums))
	lines := in.Facts.Requires(true)
	levels := b.findings.levels
	if len(lines) == 0 || levels.of(rules.Retracted) == rules.Off && levels.of(rules.Deprecated) == rules.Off {
		return nil
	}
	var modules []module.Version
	for _, l := range lines {
		modules = append(modules, l.Version)
	}
	var said request.NoticesReport
	if err := b.readJSON(ctx, b.graph.Notices(modules, in.Fetch), request.NoticesFile, maxVersions, &said); err != nil {
		said.Unasked = b.explain(ctx, err).Error()
	}
	if said.Unasked != "" {
		b.Warn(ctx, "not all modules were asked for versions that are retracted or deprecated: "+said.Unasked)
	}
	b.report(ctx, lint.Notices(lines, said.Notices))
	return nil
}

// checkSumFiles refuses a build whose go.sum files are all hidden: the go command would have them written anew.
func (b *builder) checkSumFiles(ctx context.Context, in *input) error {
	excludes, err := b.ui.DockerIgnorePatterns(ctx)
	if err != nil || in.Facts.Vendor || len(in.Facts.Downloads()) == 0 {
		return err
	}
	first := ""
	for _, name := range in.Facts.SumFiles() {
		own, ok := b.context.ofOwn(name)
		_, hidden := hiddenBy(excludes, own)
		switch {
		case !ok:
		case path.Base(name) == "go.work.sum":
		case !hidden:
			return nil
		case first == "":
			first = own
		}
	}
	return &diag.Error{
		Range: diag.Range{File: ".dockerignore"}, Rule: rules.Dockerignore,
		Msg: first + " is not in the build context, and without it no module can be verified", Help: embedAdvice(excludes, first),
	}
}

// blame says of what is missing in the build context why that may be.
func (b *builder) blame(ctx context.Context, err error) error {
	return b.blameSubmodule(ctx, b.blameIgnoreFile(ctx, b.blameFolder(err)))
}

// blameFolder says of a module that the configuration names from the root of a repository that the context is the folder of the module.
func (b *builder) blameFolder(err error) error {
	git := b.gitContext()
	if !git.pristine || git.prefix == "." {
		return err
	}
	for _, m := range diag.All(err) {
		if dir, ok := strings.CutSuffix(m.Missing, "/go.mod"); ok && strings.HasSuffix("/"+git.prefix, "/"+dir) {
			m.Help = leaveFolder
		}
	}
	return err
}

const leaveFolder = "paths of the configuration count from the context, which is this folder of the repository: leave it out of the URL, and name the configuration with -f"

// blameIgnoreFile says of what is missing in the build context whether .dockerignore leaves it out.
func (b *builder) blameIgnoreFile(ctx context.Context, err error) error {
	for _, m := range diag.All(err) {
		if m.Missing == "" {
			continue
		}
		excludes, failed := b.ui.DockerIgnorePatterns(ctx)
		if failed != nil {
			return err // the mistake is shown all the same
		}
		own, ok := b.context.ofOwn(m.Missing)
		if _, hidden := hiddenBy(excludes, own); ok && hidden {
			m.Rule, m.Help = rules.Dockerignore, embedAdvice(excludes, own)
		}
	}
	return err
}
