package frontend

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/moby/buildkit/client/llb"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/step/request"
	graph "github.com/modship-build/modship/llb"
)

// maxSysroot bounds sysroot.json and what is said of a link, in bytes: the lists of files of some hundred packages.
const maxSysroot = 32 << 20

// prepareCgo makes the sysroots, whose identity is a part of what is built in them, and says what was decided. A plan without C
// needs none of it.
func (b *builder) prepareCgo(ctx context.Context, in *input, p *plan.Plan, src *graph.Sources) error {
	for _, w := range p.CgoWarnings(in.Input) {
		b.warnAt(ctx, w)
	}
	if !p.UsesCgo() {
		return nil
	}
	if err := b.resolveCgoBase(ctx, in, p, src); err != nil {
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
		mistakes.Addf(in.At(at), "%s is not usable to compile C", ref).Err = err
		return mistakes.Err()
	}
	p.SetCgoBase(base.ref, zigDir)
	return nil
}

// findZig looks for zig in the PATH of an image, and goes by its own folder: zig finds its libraries beside it.
func (b *builder) findZig(ctx context.Context, base resolvedBase) (string, error) {
	var image ocispecs.Image
	if err := json.Unmarshal(base.config, &image); err != nil {
		return "", fmt.Errorf("decoding its configuration: %w", err)
	}
	state := llb.Image(base.ref, llb.Platform(b.host.Platform))
	if base.context != nil {
		state = *base.context
	}
	ref, err := b.solveState(ctx, state)
	if err != nil {
		return "", err
	}
	dirs := "/usr/local/bin:/usr/bin:/bin"
	for _, kv := range image.Config.Env {
		if list, ok := strings.CutPrefix(kv, "PATH="); ok {
			dirs = list
		}
	}
	for dir := range strings.SplitSeq(dirs, ":") {
		entries, err := ref.ReadDir(ctx, gateway.ReadDirRequest{Path: dir, IncludePattern: "zig"})
		if err != nil || len(entries) == 0 {
			continue
		}
		if link := entries[0].Linkname; link != "" {
			return path.Dir(resolve(dir, link)), nil
		}
		return path.Clean(dir), nil
	}
	return "", fmt.Errorf("it has no zig in %s", dirs)
}

// resolve gives the target of a link in dir.
func resolve(dir, link string) string {
	if path.IsAbs(link) {
		return path.Clean(link)
	}
	return path.Join(dir, link)
}
