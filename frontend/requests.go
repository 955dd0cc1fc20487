package frontend

import (
	"context"
	"maps"
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
	"github.com/modship-build/modship/internal/step/request"
)

// answer handles requests that build nothing: `docker buildx build --call=outline`, targets and check. All three must be
// answered: buildx asks the Dockerfile frontend about our file where we do not.
func (b *builder) answer(ctx context.Context) (*gateway.Result, bool, error) {
	return b.ui.HandleSubrequest(ctx, dockerui.RequestHandler{
		Outline:     b.outline,
		ListTargets: b.listTargets,
		Lint:        b.check,
		AllowOther:  b.options.plan,
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
	o := &outline.Outline{Name: b.ui.Target, Secrets: []outline.Secret{{Name: request.IDCA}, {Name: request.IDNetrc}}}
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
	list := &targets.List{Sources: [][]byte{src.Data}, Targets: []targets.Target{{Name: "default", Default: true}}}
	for _, o := range outputs {
		list.Targets = append(list.Targets, targets.Target{Name: string(o.name), Description: o.doc})
	}
	for _, name := range file.Targets() {
		list.Targets = append(list.Targets, targets.Target{Name: name})
	}
	return list, nil
}

// check reads everything that can be wrong without building, and reports each mistake.
func (b *builder) check(ctx context.Context) (*lint.LintResults, error) {
	_, err := b.readInput(ctx)
	results := &lint.LintResults{}
	for _, mistake := range diag.All(err) {
		index := -1
		if info := b.files.find(mistake.File); info != nil && mistake.Start.Line > 0 {
			results.Sources = append(results.Sources, info)
			index = len(results.Sources) - 1
		}
		results.Warnings = append(results.Warnings, lintWarning(mistake, index))
	}
	if len(results.Warnings) == 0 && err != nil {
		return nil, err
	}
	return results, nil
}

// lintWarning is a mistake as `--call=check` prints it. Location is never nil: clients look into it; -1 is no source.
func lintWarning(mistake *diag.Error, source int) lint.Warning {
	return lint.Warning{
		RuleName: "InvalidInput",
		Detail:   mistake.Error(),
		Location: &pb.Location{SourceIndex: int32(source), Ranges: []*pb.Range{pbRange(mistake.Range)}},
	}
}
