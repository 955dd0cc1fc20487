package frontend

import (
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/imagename"
	"github.com/modship-build/modship/internal/plan"
)

// expandNames gives the names that the image gets where templates were given for them. It is known before anything is compiled whether they
// can be had.
func (b *builder) expandNames(in *input, p *plan.Plan) ([]string, error) {
	values := imagename.Values(in.Target, p.Main.Name, p.Metadata.Version, p.Metadata.Revision)
	var names []string
	var mistakes diag.List
	for _, text := range b.options.names {
		name, err := expandName(text, values)
		if err != nil {
			m := mistakes.Addf(diag.Range{File: "--tag"}, "%q names no image", text)
			m.Err = err
			continue
		}
		names = append(names, name)
	}
	return names, mistakes.Err()
}

// named says in a result what its image is called.
func (in *input) named(res *gateway.Result, err error) (*gateway.Result, error) {
	if err == nil && len(in.names) > 0 {
		res.AddMeta(exptypes.ExporterImageNameKey, []byte(strings.Join(in.names, ",")))
	}
	return res, err
}

// expandName gives a full name with a tag.
func expandName(text string, values map[string]string) (string, error) {
	template, err := imagename.Parse(text, imagename.Names()...)
	if err != nil {
		return "", err
	}
	name, err := template.Expand(values)
	if err != nil {
		return "", err
	}
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return "", err
	}
	return reference.TagNameOnly(named).String(), nil
}
