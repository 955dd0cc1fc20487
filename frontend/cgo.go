package frontend

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/step/request"
	graph "github.com/modship-build/modship/llb"
)

// maxSysroot bounds sysroot.json and what is said of a link, in bytes: the lists of files of some hundred packages.
const maxSysroot = 32 << 20

// prepareCgo makes the sysroots, whose identity is a part of what is built in them, and says what was decided. A plan without C
// needs none of it.
func (b *builder) prepareCgo(ctx context.Context, in *input, p *plan.Plan, src *graph.Sources) error {
	for _, w := range p.Warnings(in.Input) {
		b.warnAt(ctx, w)
	}
	if !p.UsesCgo() {
		return nil
	}
	if err := b.resolveCgoBase(ctx, in, p, src); err != nil {
		return err
	}
	if err := b.fetchZig(ctx, in, p); err != nil {
		return err
	}
	states, err := graph.Sysroots(p, b.host, *src)
	if err != nil {
		return err
	}
	in.sysroots = make([]request.SysrootReport, len(states))
	eg, ctx := errgroup.WithContext(ctx)
	for i, state := range states {
		if state == nil {
			continue
		}
		eg.Go(func() error {
			if err := b.readJSON(ctx, *state, request.SysrootFile, maxSysroot, &in.sysroots[i]); err != nil {
				return fmt.Errorf("preparing the C compiler for %s: %w", p.Images[i].Target, err)
			}
			p.SetSysroot(i, in.sysroots[i].ID)
			return nil
		})
	}
	return eg.Wait()
}

// resolveCgoBase finds the image that sysroots are made of.
func (b *builder) resolveCgoBase(ctx context.Context, in *input, p *plan.Plan, src *graph.Sources) error {
	ref, at := cmp.Or(in.Config.Cgo.Base, plan.DebianBase), "cgo.base"
	switch {
	case in.Go.Image != "":
		p.SetCgoBase(in.Go.Image, "")
		return nil
	case in.Config.Cgo.Zig.URL != "" && in.Config.Cgo.Zig.Image == "":
		return nil
	case in.Config.Cgo.Zig.Image != "":
		ref, at = in.Config.Cgo.Zig.Image, "cgo.zig.image"
	}
	base, err := b.resolveBaseFor(ctx, ref, b.host.Platform)
	zigDir := ""
	if err == nil {
		src.CgoBase = base.context
		if at == "cgo.zig.image" {
			zigDir, err = b.findZig(ctx, base)
		}
	}
	if err != nil {
		var mistakes diag.List
		e := imageMistake(&mistakes, in.At(at), err, "%s is not usable to compile C", ref)
		e.Help = strings.Join(slices.DeleteFunc([]string{e.Help, p.CgoHelp()}, func(s string) bool { return s == "" }), "; ")
		return mistakes.Err()
	}
	p.SetCgoBase(base.ref, zigDir)
	return nil
}
