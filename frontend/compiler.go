package frontend

import (
	"context"
	"fmt"
	"path"
	"strings"

	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/plan"
)

// findProgram looks for a compiler in the PATH of an image, and goes by its own folder: it finds its libraries beside it.
func (b *builder) findProgram(ctx context.Context, base resolved, name string) (string, error) {
	env, err := imageEnv(base.config)
	if err != nil {
		return "", err
	}
	tree := base.context
	if tree.Empty() {
		tree = b.graph.SysrootBase(base.ref)
	}
	ref, err := b.solveTree(ctx, tree)
	if err != nil {
		return "", unreachable(err)
	}
	dirs := searchPath(env)
	for _, dir := range dirs {
		entries, err := ref.ReadDir(ctx, gateway.ReadDirRequest{Path: dir, IncludePattern: name})
		if err != nil || len(entries) == 0 {
			continue
		}
		if link := entries[0].Linkname; link != "" {
			return path.Dir(resolve(dir, link)), nil
		}
		return path.Clean(dir), nil
	}
	return "", fmt.Errorf("it has no %s in %s", name, strings.Join(dirs, ":"))
}

// fetchZig has the archives of zig fetched, to say of a failure which line names the address.
func (b *builder) fetchZig(ctx context.Context, in *input, a *plan.Analyzed) error {
	for _, archive := range b.graph.ZigArchives(a) {
		ref, err := b.solveTree(ctx, archive)
		if err == nil {
			err = ref.Evaluate(ctx)
		}
		if err != nil {
			return diag.List{{Range: in.At("cgo.zig.url"), Msg: "zig cannot be fetched", Err: err, Fails: true}}.Err()
		}
	}
	return nil
}

// resolve gives the target of a link in dir.
func resolve(dir, link string) string {
	if path.IsAbs(link) {
		return path.Clean(link)
	}
	return path.Join(dir, link)
}
