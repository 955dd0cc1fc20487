package frontend

import (
	"context"
	"maps"
	"path"
	"slices"

	"github.com/moby/buildkit/frontend/dockerui"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/frontend/subrequests/outline"
	"github.com/moby/buildkit/frontend/subrequests/targets"
	"github.com/moby/buildkit/solver/pb"

	"github.com/modship-build/modship/internal/buildarg"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/rules"
)

// answer handles requests that build nothing: `docker buildx build --call=outline`, targets and check. All three must be
// answered: buildx asks the Dockerfile frontend about our file where we do not.
func (b *builder) answer(ctx context.Context) (*gateway.Result, bool, error) {
	switch b.options.request {
	case TargetsRequest:
		res, err := b.programsResult(ctx)
		return res, true, err
	case InputsRequest:
		res, err := b.inputsResult(ctx)
		return res, true, err
	}
	return b.ui.HandleSubrequest(ctx, dockerui.RequestHandler{
		Outline:     b.outline,
		ListTargets: b.listTargets,
		Lint:        b.check,
		AllowOther:  b.options.plan || b.options.request == NamesRequest,
	})
}

func (b *builder) configFile(ctx context.Context) (*config.File, *dockerui.Source, error) {
	src, err := b.ui.ReadEntrypoint(ctx, "YAML")
	if err != nil {
		return nil, nil, err
	}
	b.addFile(src)
	file, err := config.Parse(src.Filename, src.Data)
	return file, src, err
}

// outline lists the arguments of the file and those that modship itself understands.
func (b *builder) outline(ctx context.Context) (*outline.Outline, error) {
	file, _, err := b.configFile(ctx)
	if err != nil {
		return nil, err
	}
	o := &outline.Outline{Name: b.ui.Target, Secrets: []outline.Secret{{Name: request.IDCA}, {Name: request.IDNetrc}, {Name: request.IDKnown}, {Name: request.IDGitHeader}, {Name: request.IDGitToken}},
		SSH: []outline.SSH{{Name: request.IDSSH}}}
	declared := file.Args()
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		o.Args = append(o.Args, outline.Arg{Name: name, Value: declared[name].Default})
	}
	for _, arg := range buildarg.All() {
		o.Args = append(o.Args, outline.Arg{Name: arg.Name, Description: arg.Doc})
	}
	return o, nil
}

func (b *builder) listTargets(ctx context.Context) (*targets.List, error) {
	file, src, err := b.configFile(ctx)
	if err != nil {
		return nil, err
	}
	programs, err := b.programs(ctx, file)
	if err != nil {
		return nil, err
	}
	list := &targets.List{Sources: [][]byte{src.Data}}
	for _, p := range programs {
		list.Targets = append(list.Targets, targets.Target{Name: p.Name, Default: p.Default, Description: p.Mains()})
		for _, o := range outputs[1:] {
			name := path.Join(p.Name, o.name)
			if p.Default {
				name = o.name
			}
			list.Targets = append(list.Targets, targets.Target{Name: name, Description: o.doc})
		}
	}
	return list, nil
}

// check finds everything that can be wrong, or break a rule, and that can be known without a toolchain and the code of other modules, and
// reports each.
func (b *builder) check(ctx context.Context) (*lint.LintResults, error) {
	b.findings.asked = true
	err := b.renamed(b.blame(ctx, b.explain(ctx, b.checkInput(ctx))))
	b.warnContexts(ctx, false)
	results := &lint.LintResults{}
	for _, mistake := range append(diag.All(err), b.findings.all()...) {
		results.Warnings = append(results.Warnings, lintWarning(mistake, b.lintSource(results, mistake)))
	}
	if len(diag.All(err)) == 0 && err != nil {
		return nil, err
	}
	return results, nil
}

// checkInput reads the user's files and packages, and looks for what the configuration names.
func (b *builder) checkInput(ctx context.Context) error {
	in, err := b.readInput(ctx)
	if in != nil && in.Facts != nil && in.Config != nil {
		b.lintProject(ctx, in)
	}
	if err != nil {
		return err
	}
	if err := b.lintModules(ctx, in); err != nil {
		return err
	}
	if err := b.layContexts(ctx, in); err != nil {
		return err
	}
	return b.checkSources(ctx, in)
}

// checkSources looks at what the module's own packages and the files for the image are.
func (b *builder) checkSources(ctx context.Context, in *input) error {
	if err := b.loadGoFiles(ctx); err != nil {
		return err
	}
	d, err := b.draft(ctx, in)
	if err != nil {
		return err
	}
	return b.checkFiles(ctx, in, d)
}

// lintSource is the index of the file of a mistake in the results, which have each file once; -1 is none.
func (b *builder) lintSource(results *lint.LintResults, mistake *diag.Error) int {
	info := b.files.find(mistake.File)
	if info == nil || mistake.Start.Line == 0 {
		return -1
	}
	if i := slices.Index(results.Sources, info); i >= 0 { // files.find gives the same for a name
		return i
	}
	results.Sources = append(results.Sources, info)
	return len(results.Sources) - 1
}

// lintWarning is a mistake or a finding as `--call=check` prints it. Location is never nil: clients look into it; -1 is no source.
func lintWarning(m *diag.Error, source int) lint.Warning {
	w := lint.Warning{
		RuleName: "InvalidInput",
		Detail:   m.Error(),
		Location: &pb.Location{SourceIndex: int32(source), Ranges: []*pb.Range{pbRange(m.Range)}},
	}
	if rule, err := rules.All().Find(m.Rule); err == nil {
		w.RuleName, w.URL, w.Description = rule.ID, rule.URL, rule.What
	}
	return w
}
