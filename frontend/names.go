package frontend

import (
	"encoding/json"
	"fmt"

	"github.com/distribution/reference"
	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/imagename"
	"github.com/modship-build/modship/internal/plan"
)

// NamesRequest is the subrequest that gives the names that an image gets by [OptionNames], as a list under "result.json": exporters have to be
// told before the build, and nothing but a plan knows the version.
const NamesRequest = "frontend.modship.names"

// namesResult answers [NamesRequest].
func (b *builder) namesResult(in *input, p *plan.Plan) (*gateway.Result, error) {
	names, err := b.expandNames(in, p)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(names)
	if err != nil {
		return nil, fmt.Errorf("encoding the names: %w", err)
	}
	res := gateway.NewResult()
	res.AddMeta("result.json", text)
	res.AddMeta("version", []byte("1"))
	return res, nil
}

// expandNames gives the names that the image gets by the templates.
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
