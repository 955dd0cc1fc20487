package frontend

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	commonexptypes "github.com/moby/buildkit/exporter/exptypes"
	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/image"
)

var compileCacheOutput = output{
	name:  "compile-cache",
	doc:   "the compiled dependencies as an image, from which builds on other machines can start",
	early: (*builder).compileCache,
}

// compileCache hands over what the dependencies are compiled into: an image for each platform, made of the layers that the cache of a
// build has too.
func (b *builder) compileCache(ctx context.Context, in *input, found planned) (*gateway.Result, error) {
	p := found.plan
	trees := b.graph.CompileCaches(p, found.src)
	for i, tree := range trees {
		if tree.Empty() {
			return nil, fmt.Errorf("%s imports nothing for %s that could be compiled beforehand", p.ImportPaths(), p.Images[i].Target)
		}
	}
	refs, err := b.solve(ctx, p, trees)
	if b.fetchAgain(ctx, err) {
		return b.compileCache(ctx, in, found)
	}
	if sharesFault(p, err) {
		b.alone(ctx, in)
		if found, err = b.plan(ctx, in); err != nil {
			return nil, err
		}
		return b.compileCache(ctx, in, found)
	}
	if err != nil {
		return nil, err
	}
	res := gateway.NewResult()
	var exported exptypes.Platforms
	epoch := []byte("0") // the same packages are the same image, whatever the commit is
	for i, img := range p.Images {
		id := img.Target.String()
		exported.Platforms = append(exported.Platforms, exptypes.Platform{ID: id, Platform: img.Target.OCI()})
		key := b.attach(res, id, refs[i])
		config, err := image.CompileCacheConfig(p, img)
		if err != nil {
			return nil, fmt.Errorf("making the configuration of the compile cache for %s: %w", id, err)
		}
		res.AddMeta(key(exptypes.ExporterImageConfigKey), config)
		res.AddMeta(key(commonexptypes.ExporterEpochKey), epoch)
	}
	res.AddMeta(commonexptypes.ExporterEpochKey, epoch)
	platforms, err := json.Marshal(exported)
	if err != nil {
		return nil, fmt.Errorf("encoding the platforms: %w", err)
	}
	res.AddMeta(exptypes.ExporterPlatformsKey, platforms)
	return res, nil
}
