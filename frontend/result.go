package frontend

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	commonexptypes "github.com/moby/buildkit/exporter/exptypes"
	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/image"
	"github.com/modship-build/modship/internal/plan"
)

// result hands the verified images to the exporter.
func (b *builder) result(p *plan.Plan, in *input, refs []gateway.Reference, programs []program) (*gateway.Result, error) {
	res := gateway.NewResult()
	var exported exptypes.Platforms
	for i, img := range p.Images {
		id := img.Target.String()
		exported.Platforms = append(exported.Platforms, exptypes.Platform{ID: id, Platform: img.Target.OCI()})
		key := b.attach(res, id, refs[i])

		base := in.base.configs[id]
		config, err := image.Config(p, img, image.Options{Base: base, Labels: b.ui.Labels})
		if err != nil {
			return nil, fmt.Errorf("making the image configuration for %s: %w", id, err)
		}
		res.AddMeta(key(exptypes.ExporterImageConfigKey), config)
		if base != nil {
			res.AddMeta(key(exptypes.ExporterImageBaseConfigKey), base)
		}
		res.AddMeta(key(commonexptypes.ExporterEpochKey), []byte(strconv.FormatInt(b.created().Unix(), 10)))
		b.annotate(res, p, img)
	}
	platforms, err := json.Marshal(exported)
	if err != nil {
		return nil, fmt.Errorf("encoding the platforms: %w", err)
	}
	res.AddMeta(exptypes.ExporterPlatformsKey, platforms)
	res.AddMeta(inlineMessage, []byte(summarize(p, programs)))
	return res, nil
}

// attach adds one image and returns how its metadata keys are spelled. A result has either one reference or a map of them,
// never both; the docker exporter takes no map.
func (b *builder) attach(res *gateway.Result, id string, ref gateway.Reference) func(key string) string {
	if !b.options.multi {
		res.SetRef(ref)
		return func(key string) string { return key }
	}
	res.AddRef(id, ref)
	return func(key string) string { return key + "/" + id }
}

// annotate writes the annotations of the configuration to the manifest and, where there is one, to the index. The exporter
// drops platform-scoped keys of a single image and refuses index keys without an index.
func (b *builder) annotate(res *gateway.Result, p *plan.Plan, img plan.Image) {
	for name, value := range p.Runtime.Annotations {
		if value == nil {
			continue
		}
		if !b.options.multi {
			res.AddMeta(exptypes.AnnotationManifestKey(nil, name), []byte(*value))
			continue
		}
		platform := img.Target.OCI()
		res.AddMeta(exptypes.AnnotationManifestKey(&platform, name), []byte(*value))
		res.AddMeta(exptypes.AnnotationIndexKey(name), []byte(*value))
	}
}
