package plan

import (
	"reflect"
	"slices"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
)

// Shared is what the programs of several images of a configuration import from outside of the module on one platform. Where each had layers of its own,
// what two of them import would be listed, compiled and exported twice, and at the same time if they are built side by side.
type Shared struct {
	// Std and External are the imports of all, as in [Image].
	Std      []string `json:"std,omitempty"`
	External []string `json:"external,omitempty"`
	// Programs has what the programs of each image import of other modules, by [Draft.Joined].
	Programs map[string][]string `json:"programs"`
}

// Siblings are the main packages of the other targets of a configuration whose dependencies are compiled as those of own are, each once and sorted.
func Siblings(file *config.File, own *config.Config, args map[string]string) [][]string {
	var siblings [][]string
	for _, name := range append(file.Targets(), "") {
		other, err := file.Target(name, args)
		if err == nil && len(other.Main) > 0 && !slices.Equal(other.Main, own.Main) && compileAlike(own, other) {
			siblings = append(siblings, other.Main)
		}
	}
	slices.SortFunc(siblings, slices.Compare)
	return slices.CompactFunc(siblings, slices.Equal)
}

// compileAlike tells whether two configurations have one cache key for each package outside of the module.
func compileAlike(a, b *config.Config) bool {
	of := func(c *config.Config) any {
		return []any{c.Module, c.Go, c.Builder, c.Source, c.Cgo, c.Modules, c.Cache, buildTags(c), c.Build.Env, leavesOutDWARF(ldflags(c))}
	}
	return reflect.DeepEqual(of(a), of(b))
}

// newShared joins what the scan says of the images, of which own is to be built; nil if there are no others on the platform.
func newShared(found *scan.Result, joined string, own scan.Image, t target.Target) *Shared {
	s := &Shared{Std: slices.Clone(own.Std), External: slices.Clone(own.External), Programs: map[string][]string{joined: own.External}}
	for other, platforms := range found.Also {
		imports, ok := platforms[t.String()]
		if !ok || other == joined {
			continue
		}
		s.Std = append(s.Std, imports.Std...)
		s.External = append(s.External, imports.External...)
		s.Programs[other] = imports.External
	}
	if len(s.Programs) == 1 {
		return nil
	}
	for _, list := range []*[]string{&s.Std, &s.External} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return s
}

// Outgoing are the imports of other modules that are listed together, and with programs what those of each of several images have among them.
func (img Image) Outgoing() (imports []string, programs map[string][]string) {
	if img.Shared == nil {
		return img.External, nil
	}
	return img.Shared.External, img.Shared.Programs
}

// Compiled are the imports that are compiled in layers: of other modules, and of the standard library.
func (img Image) Compiled() (thirdParty, standard []string) {
	if img.Shared == nil {
		return img.Deps, img.Std
	}
	return img.Shared.External, img.Shared.Std
}

// IsShared tells whether there are layers for other images of the configuration as well.
func (d *Draft) IsShared() bool {
	return slices.ContainsFunc(d.Images, func(img Image) bool { return img.Shared != nil })
}
