package frontend

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"

	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/licenses"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/safetext"
)

// InputsRequest is the subrequest that gives [Inputs] of a target under "result.json".
const InputsRequest = "frontend.modship.inputs"

// Inputs are the parts of the build context that an image is made of, as far as the module's own packages and the configuration tell: enough to
// know that a change elsewhere changes nothing of the image. Paths count from the context and are separated by slashes.
type Inputs struct {
	// Packages are folders of own packages: what go build takes of a folder counts.
	Packages []string `json:"packages"`
	// Files count by their names, and what Patterns of github.com/moby/patternmatcher match.
	Files    []string `json:"files,omitempty"`
	Patterns []string `json:"patterns,omitempty"`
	// Modules are the go.mod, go.sum and go.work files.
	Modules []string `json:"modules"`
	// External says that packages of other modules are imported, Vendored that they are in the context, and where.
	External bool     `json:"external,omitempty"`
	Vendored []string `json:"vendored,omitempty"`
	// Imported are folders of own modules whose packages other modules may import in turn.
	Imported []string `json:"imported,omitempty"`
	// OwnC says that C of the module is compiled, which may include any file.
	OwnC bool `json:"ownC,omitempty"`
	// Contexts are those beside the build context that files come from.
	Contexts []string `json:"contexts,omitempty"`
}

// inputsResult answers [InputsRequest].
func (b *builder) inputsResult(ctx context.Context) (*gateway.Result, error) {
	in, err := b.readInput(ctx)
	if err != nil {
		return nil, err
	}
	if err := b.layContexts(ctx, in); err != nil {
		return nil, err
	}
	if err := b.loadGoFiles(ctx); err != nil {
		return nil, err
	}
	draft, err := b.draft(ctx, in)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(inputsOf(in, draft))
	if err != nil {
		return nil, fmt.Errorf("encoding what an image is made of: %w", err)
	}
	res := gateway.NewResult()
	res.AddMeta("result.json", safetext.JSON(text))
	res.AddMeta("version", []byte("1"))
	return res, nil
}

func inputsOf(in *input, d *plan.Draft) Inputs {
	i := Inputs{Modules: slices.Concat(d.Source.Files, []string{path.Join(d.Source.Root, "go.work"), path.Join(d.Source.Root, "go.work.sum")})}
	for _, img := range d.Images {
		i.External = i.External || len(img.External) > 0
		for _, p := range d.Scanned(in.Scan, img.Target).Packages {
			i.Packages = append(i.Packages, p.Dir)
			if p.Real != "" {
				i.Packages = append(i.Packages, p.Real)
			}
			i.OwnC = i.OwnC || p.Cgo
		}
	}
	for _, part := range d.Shipped() {
		switch part.Kind {
		case plan.PartVendored:
			i.Vendored = append(i.Vendored, part.Patterns...)
		case plan.PartIncluded:
			i.OwnC = true
		default:
			i.Files, i.Patterns = append(i.Files, part.Files...), append(i.Patterns, part.Patterns...)
		}
	}
	i.Files = slices.DeleteFunc(i.Files, func(name string) bool { return slices.Contains(d.Source.Files, name) })
	i.Patterns = append(i.Patterns, licensePatterns(in, d)...)
	i.Imported = importedModules(in)
	for _, s := range in.Config.Source {
		i.Contexts = append(i.Contexts, s.From)
	}
	i.Contexts = append(i.Contexts, d.Contexts()...)
	for _, list := range []*[]string{&i.Packages, &i.Files, &i.Patterns, &i.Modules} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return i
}

// licensePatterns name the license files that the image tells of.
func licensePatterns(in *input, d *plan.Draft) []string {
	if in.Config.Metadata.Licenses != "" {
		return nil
	}
	var patterns []string
	for _, dir := range []string{in.Facts.ModuleOf(d.Main.Dir).Dir, "."} {
		for _, name := range licenses.Patterns() {
			patterns = append(patterns, path.Join(plan.EscapePattern(dir), name))
		}
	}
	return patterns
}

// importedModules are the folders of modules of the context that another module may know: it has been published, or several are built together.
func importedModules(in *input) []string {
	var folders []string
	own := slices.DeleteFunc(slices.Clone(in.Facts.Modules), func(m gomod.Module) bool { return m.Dir == "" })
	for _, m := range own {
		published := false
		for version := range in.Sums {
			published = published || version.Path == m.Path
		}
		if published || len(own) > 1 {
			folders = append(folders, m.Dir)
		}
	}
	return folders
}
