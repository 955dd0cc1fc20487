package plan

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
)

// Input is everything that a plan is made of.
type Input struct {
	// Config is one target of the user's file with its arguments in.
	Config *config.Config
	// At gives the place of a value of Config in the user's file, such as "image.user".
	At func(path string) diag.Range
	// ByName says that the main packages of the module are targets by their names, because the configuration says nothing of which there are.
	ByName bool
	// Named are the targets of the configuration, where its top level is what is built.
	Named []string
	// Program is the name of the one to build, "" if the configuration says that; see [scan.Result.Names].
	Program string
	// Module is the folder of the context with the module that is built, "" for the root.
	Module string
	Facts  *gomod.Facts
	// Sums are the hashes that go.sum files have, as [gomod.Table.Pin] takes them.
	Sums  map[module.Version][]string
	Scan  *scan.Result
	Go    Go
	Fetch goenv.Settings // complete: with the defaults
	// Base is the base image with its digest, or "" for scratch.
	Base string
	// Laid is what source of the configuration lays over the context, each image with its digest.
	Laid []config.Source
	// Build is the platform of the build steps, Targets those of the images, each once.
	Build   target.Target
	Targets []target.Target
	// Namespace is BUILDKIT_CACHE_MOUNT_NS.
	Namespace string
	// Epoch is SOURCE_DATE_EPOCH, or nil.
	Epoch *time.Time
}

// NewDraft decides what the user's files and the module's own packages tell. C is compiled where the choices say so. The error joins all
// mistakes, each with the place of the value at fault.
func NewDraft(in Input, cgo CgoChoices) (*Draft, error) {
	d := &Draft{
		Build:  in.Build,
		Go:     in.Go,
		Fetch:  in.Fetch,
		Source: NewSource(in.Facts),
		Laid:   in.Laid,
		Flags: Flags{
			Tags:    buildTags(in.Config),
			LDFlags: ldflags(in.Config),
			Env:     in.Config.Build.Env,
		},
		SBOM:  cmp.Or(in.Config.SBOM, defaults.SBOM),
		Cache: NewCache(in.Config, in.Namespace),
	}
	var mistakes diag.List
	if d.choosePrograms(in, &mistakes); len(mistakes) > 0 {
		return nil, mistakes.Err()
	}
	for _, found := range in.Scan.Diagnostics {
		if found.Level == scan.LevelError {
			mistakes = append(mistakes, found.Err())
		}
	}
	d.Source.Vendored = in.Scan.Vendored
	if d.Source.Download {
		d.Source.Pinned = d.Source.Pin(in.Sums)
	}
	d.addImages(in, cgo, &mistakes)
	checkGoEnv(in, &mistakes)
	checkSystems(in, &mistakes)
	d.reportUnstampable(in, &mistakes)
	if err := d.addRuntime(in); err != nil {
		mistakes.Addf(in.At("image.user"), "bad user").Err = err
	}
	checkValues(in, Metadata{Created: created(in.Epoch, time.Time{})}, &mistakes)
	if err := mistakes.Err(); err != nil {
		return nil, err
	}
	return d, nil
}

// ldflags are those of the configuration; an empty list is a choice.
func ldflags(c *config.Config) []string {
	if c.Build.LDFlags == nil {
		return defaults.LDFlags()
	}
	return c.Build.LDFlags
}

// NewCache says how the compile cache is shared.
func NewCache(c *config.Config, namespace string) Cache {
	if c.Cache.Isolated {
		return Cache{Namespace: namespace, Isolated: true}
	}
	return Cache{Namespace: namespace, Seed: c.Cache.Seed}
}

// addTarget says in the mistake that there are several main packages how one of them is built by a name.
func addTarget(in Input, mistake *diag.Error) {
	if len(in.Scan.Mains) < 2 || in.Config.Main.First() != "" {
		return
	}
	switch names := in.Scan.Names(); {
	case in.ByName:
		mistake.Help = fmt.Sprintf("build one with --target NAME, as in --target %s, or %s", cmp.Or(names...), mistake.Help)
	case len(in.Named) > 0:
		mistake.Help = fmt.Sprintf("build a target of the configuration with --target NAME, as in --target %s, or in a bake file target = %[1]q, or each with modship build --all; or %s", in.Named[0], mistake.Help)
	}
}

// addImages makes one image for each platform. A program that does not exist on one of them is a mistake of the request.
func (d *Draft) addImages(in Input, choices CgoChoices, mistakes *diag.List) {
	external, on, off := false, choices.On(), choices.Off()
	for _, t := range in.Targets {
		if missing := d.without(in, t); len(missing) > 0 {
			for _, m := range missing {
				mistakes.Addf(m.at, "%s has no Go files for %s", m.ImportPath, t).Help =
					"build constraints leave none; build without this platform"
			}
			continue
		}
		found := d.Scanned(in.Scan, t)
		external = external || len(found.External) > 0
		var cgo *Cgo
		if slices.Contains(on, t) {
			var problem *diag.Error
			if cgo, problem = addCgo(in, t, found); problem != nil {
				problem.Range = in.At("cgo")
				told := func(e *diag.Error) bool { return e.Error() == problem.Error() }
				if !slices.ContainsFunc(*mistakes, told) { // once for all platforms
					*mistakes = append(*mistakes, problem)
				}
			}
		}
		var withoutC []ctoolchain.Use
		if cgo == nil {
			withoutC = ownUses(found)
		}
		var shared *Shared
		if cgo == nil && d.Main.PGO == "" {
			shared = newShared(in.Scan, d.Joined(), found, t)
		}
		d.Images = append(d.Images, Image{
			Cgo:      cgo,
			WithoutC: withoutC,
			CgoOff:   slices.Contains(off, t),
			Target:   t,
			Std:      found.Std,
			External: found.External,
			Deps:     found.External,
			Shared:   shared,
			Files:    found.Files(),
			Embeds:   found.Embeds(),
		})
	}
	if !external && !d.Source.Graph {
		d.Source.Download = false
	}
	if !external { // what it needs is compiled before the modules for others are there
		for i := range d.Images {
			d.Images[i].Shared = nil
		}
	}
}
