package plan

import (
	"maps"
	"reflect"
	"slices"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
)

// Shared is what several programs of a configuration import from outside of the module on one platform. Where each had layers of its own,
// what two of them import would be listed, compiled and exported twice, and at the same time if they are built side by side.
type Shared struct {
	// Std and External are the imports of all, as in [Image].
	Std      []string `json:"std,omitempty"`
	External []string `json:"external,omitempty"`
	// Programs has by main package what each imports of other modules.
	Programs map[string][]string `json:"programs"`
}

// Siblings are the main packages of the other targets of a configuration whose dependencies are compiled as those of own are, sorted. Targets
// of several programs have layers of their own.
func Siblings(file *config.File, own *config.Config, args map[string]string) []string {
	mains := map[string]bool{}
	for _, name := range append(file.Targets(), "") {
		other, err := file.Target(name, args)
		if err == nil && len(own.Main) < 2 && len(other.Main) == 1 && other.Main.First() != own.Main.First() && compileAlike(own, other) {
			mains[other.Main.First()] = true
		}
	}
	return slices.Sorted(maps.Keys(mains))
}

// compileAlike tells whether two configurations have one cache key for each package outside of the module.
func compileAlike(a, b *config.Config) bool {
	of := func(c *config.Config) any {
		return []any{c.Module, c.Go, c.Builder, c.Source, c.Cgo, c.Modules, c.Cache, buildTags(c), c.Build.Env, leavesOutDWARF(ldflags(c))}
	}
	return reflect.DeepEqual(of(a), of(b))
}

// newShared joins what the scan says of the programs; nil if there are no others on the platform.
func newShared(found *scan.Result, main string, t target.Target) *Shared {
	own := found.Images[main][t.String()]
	s := &Shared{Std: slices.Clone(own.Std), External: slices.Clone(own.External), Programs: map[string][]string{main: own.External}}
	for other, platforms := range found.Also {
		imports, ok := platforms[t.String()]
		if !ok || other == main {
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

// Outgoing are the imports of other modules that are listed together, and with programs by what each of several has among them.
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

// IsShared tells whether some image has layers for other programs as well.
func (d *Draft) IsShared() bool {
	return slices.ContainsFunc(d.Images, func(img Image) bool { return img.Shared != nil })
}
