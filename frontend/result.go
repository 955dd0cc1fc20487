package frontend

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	commonexptypes "github.com/moby/buildkit/exporter/exptypes"
	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/image"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/target"
)

var imageOutput = output{image: true, result: (*builder).imageResult}

// imageResult hands the verified images and their SBOMs to the exporter.
func (b *builder) imageResult(ctx context.Context, p *plan.Plan, in *input, done built) (*gateway.Result, error) {
	res, err := b.result(p, in, done.refs, done.programs)
	if err != nil {
		return nil, err
	}
	return res, b.attest(ctx, res, p, done)
}

// result hands the verified images to the exporter.
func (b *builder) result(p *plan.Plan, in *input, refs []gateway.Reference, programs [][]program) (*gateway.Result, error) {
	res := gateway.NewResult()
	var exported exptypes.Platforms
	var annotations []map[string]string
	for i, img := range p.Images {
		id := img.Target.String()
		exported.Platforms = append(exported.Platforms, exptypes.Platform{ID: id, Platform: img.Target.OCI()})
		key := b.attach(res, id, refs[i])

		opts := b.imageOptions(in, img.Target, programs[i][0])
		config, err := image.Config(p, img, opts)
		if err != nil {
			return nil, fmt.Errorf("making the image configuration for %s: %w", id, err)
		}
		res.AddMeta(key(exptypes.ExporterImageConfigKey), config)
		if opts.Base != nil {
			res.AddMeta(key(exptypes.ExporterImageBaseConfigKey), opts.Base)
		}
		res.AddMeta(key(commonexptypes.ExporterEpochKey), []byte(strconv.FormatInt(p.Metadata.Created.Unix(), 10)))
		said, err := image.Annotations(&p.Analyzed, img, opts)
		if err != nil {
			return nil, fmt.Errorf("making the annotations for %s: %w", id, err)
		}
		annotations = append(annotations, said)
	}
	res.AddMeta(commonexptypes.ExporterEpochKey, []byte(strconv.FormatInt(p.Metadata.Created.Unix(), 10))) // of the index
	b.annotate(res, exported.Platforms, annotations)
	platforms, err := json.Marshal(exported)
	if err != nil {
		return nil, fmt.Errorf("encoding the platforms: %w", err)
	}
	res.AddMeta(exptypes.ExporterPlatformsKey, platforms)
	res.AddMeta(InlineMessage, []byte(summarize(p, programs)))
	return res, nil
}

// imageOptions is what the configuration of an image is made of beside the plan. It speaks of the first program.
func (b *builder) imageOptions(in *input, t target.Target, built program) image.Options {
	return image.Options{Base: in.bases.configs[t.String()], Labels: b.ui.Labels, Program: built.facts, Recipe: b.completeRecipe(in)}
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

// annotate writes the annotations of every image to its manifest and the manifest's descriptor, and what all images agree on to
// the index and its descriptor, which an OCI layout has. The exporter drops platform-scoped keys of a single image, and refuses keys of the index where there is none.
func (b *builder) annotate(res *gateway.Result, exported []exptypes.Platform, annotations []map[string]string) {
	for i, p := range exported {
		for name, value := range annotations[i] {
			if !b.options.multi {
				res.AddMeta(exptypes.AnnotationManifestKey(nil, name), []byte(value))
				continue
			}
			res.AddMeta(exptypes.AnnotationManifestKey(&p.Platform, name), []byte(value))
			res.AddMeta(exptypes.AnnotationManifestDescriptorKey(&p.Platform, name), []byte(value))
		}
	}
	if !b.options.multi {
		return
	}
	for name, value := range image.IndexAnnotations(annotations) {
		res.AddMeta(exptypes.AnnotationIndexKey(name), []byte(value))
		res.AddMeta(exptypes.AnnotationIndexDescriptorKey(name), []byte(value))
	}
}
