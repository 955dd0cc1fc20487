package frontend

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/request"
	graph "github.com/modship-build/modship/llb"
)

// maxSysroot bounds sysroot.json and what is said of a link, in bytes: the lists of files of some hundred packages.
const maxSysroot = 32 << 20

// complete says what was decided, and makes the sysroots, whose identity is a part of what is built in them. Without C there are none.
func (b *builder) complete(ctx context.Context, in *input, a *plan.Analyzed, src *graph.Sources) (*plan.Plan, []request.SysrootReport, error) {
	for _, w := range a.Warnings(in.Input) {
		b.warnAt(ctx, w)
	}
	if !a.UsesCgo() {
		return a.Plan(plan.CgoBase{}, nil), nil, nil
	}
	base, err := b.resolveCgoBase(ctx, in, a, src)
	if err != nil {
		return nil, nil, err
	}
	if err := b.fetchZig(ctx, in, a); err != nil {
		return nil, nil, err
	}
	made := b.graph.Sysroots(a, base, *src)
	ids, reports := make([]string, len(made)), make([]request.SysrootReport, len(made))
	eg, ctx := errgroup.WithContext(ctx)
	for i, sysroot := range made {
		if sysroot.Empty() {
			continue
		}
		eg.Go(func() error {
			if err := b.readJSON(ctx, sysroot, request.SysrootFile, maxSysroot, &reports[i]); err != nil {
				return fmt.Errorf("preparing the C compiler for %s: %w", a.Images[i].Target, err)
			}
			ids[i] = reports[i].ID
			return nil
		})
	}
	if err := eg.Wait(); err != nil {
		return nil, nil, err
	}
	return a.Plan(base, ids), reports, nil
}

// resolveCgoBase finds the image that sysroots are made of.
func (b *builder) resolveCgoBase(ctx context.Context, in *input, a *plan.Analyzed, src *graph.Sources) (plan.CgoBase, error) {
	origin := in.Config.Cgo.Provider(in.Go.Image != "").Origin(in.Config.Cgo, in.Go.Image)
	if origin.Pinned {
		src.CgoBase = in.goImage
	}
	if origin.Pinned || origin.Image == "" { // "" is in an archive
		return plan.CgoBase{Ref: origin.Image}, nil
	}
	base, err := b.resolve(ctx, origin.Image, b.options.build.OCI())
	folder := ""
	if err == nil {
		src.CgoBase = base.context
		if origin.Program != "" {
			folder, err = b.findProgram(ctx, base, origin.Program)
		}
	}
	if err != nil {
		var mistakes diag.List
		e := imageMistake(&mistakes, in.At(origin.Key), err, "%s is not usable to compile C", origin.Image)
		e.Help = strings.Join(slices.DeleteFunc([]string{e.Help, a.CgoHelp()}, func(s string) bool { return s == "" }), "; ")
		return plan.CgoBase{}, mistakes.Err()
	}
	return plan.CgoBase{Ref: base.ref, Folder: folder}, nil
}
