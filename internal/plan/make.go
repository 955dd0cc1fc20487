package plan

import (
	"cmp"
	"path"
	"slices"
	"time"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/ctoolchain"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/vcs"
)

// Input is everything that a plan is made of.
type Input struct {
	// Config is one target of the user's file with its arguments in.
	Config *config.Config
	// At gives the place of a value of Config in the user's file, such as "image.user".
	At    func(path string) diag.Range
	Facts *gomod.Facts
	Scan  *scan.Result
	Go    Go
	Fetch goenv.Settings // complete: with the defaults
	// Base is the base image with its digest, or "" for scratch.
	Base string
	// Build is the platform of the build steps, Targets those of the images, each once.
	Build   target.Target
	Targets []target.Target
	// Cgo are the targets that have cgo, CgoOff those that are not to have it; see [CgoChoices].
	Cgo    []target.Target
	CgoOff []target.Target
	// Namespace is BUILDKIT_CACHE_MOUNT_NS.
	Namespace string
	// VCS are the facts of the commit, or nil.
	VCS *vcs.Facts
	// Epoch is SOURCE_DATE_EPOCH, or nil.
	Epoch *time.Time
	// Licenses is the SPDX expression that the module's license files give, or "".
	Licenses string
}

// Make decides. Its error joins all mistakes, each with the place of the value at fault.
func Make(in Input) (*Plan, error) {
	p := &Plan{
		Build:  in.Build,
		Go:     in.Go,
		Fetch:  in.Fetch,
		Source: NewSource(in.Facts),
		Flags: Flags{
			Tags:    buildTags(in.Config),
			LDFlags: linkFlags(in.Config.Build.LDFlags),
			Env:     in.Config.Build.Env,
		},
		SBOM:  cmp.Or(in.Config.SBOM, "spdx"),
		Cache: NewCache(in),
	}
	var mistakes diag.List
	if err := p.chooseMain(in); err != nil {
		mistakes.Addf(in.At("main"), "no main package to build").Err = err
		return nil, mistakes.Err()
	}
	for _, d := range in.Scan.Diagnostics {
		if d.Level == scan.LevelError {
			mistakes = append(mistakes, d.Err())
		}
	}
	p.Source.Vendored = in.Scan.Vendored
	p.addMetadata(in)
	p.addImages(in, &mistakes)
	checkGoEnv(in, &mistakes)
	p.addStamps(in, &mistakes)
	if err := p.addRuntime(in); err != nil {
		mistakes.Addf(in.At("image.user"), "bad user").Err = err
	}
	p.checkValues(in, &mistakes)
	if err := mistakes.Err(); err != nil {
		return nil, err
	}
	return p, nil
}

// NewCache says how an input's compile cache is shared.
func NewCache(in Input) Cache {
	return Cache{Namespace: in.Namespace, Isolated: in.Config.Cache == "isolated"}
}

// linkFlags leave symbol tables and DWARF out unless the user chose flags: they are a third of a program and are of no use
// in an image without a debugger. Stack traces do not need them.
func linkFlags(configured []string) []string {
	if configured == nil {
		return []string{"-s", "-w"}
	}
	return configured
}

func (p *Plan) chooseMain(in Input) error {
	chosen, err := in.Scan.Choose(in.Config.Main)
	if err != nil {
		return err
	}
	p.Main = Main{ImportPath: chosen.ImportPath, Dir: chosen.Dir, Name: chosen.Name}
	for _, img := range in.Scan.Images[chosen.ImportPath] {
		if img.PGO {
			p.Main.PGO, p.Main.PGOFiles = path.Join(chosen.Dir, "default.pgo"), img.PGOFiles
		}
	}
	return nil
}

// addImages makes one image for each platform. A program that does not exist on one of them is a mistake of the request.
func (p *Plan) addImages(in Input, mistakes *diag.List) {
	external := false
	for _, t := range in.Targets {
		found, ok := in.Scan.Images[p.Main.ImportPath][t.String()]
		if !ok {
			mistakes.Addf(in.At("main"), "%s has no Go files for %s", p.Main.ImportPath, t).Help =
				"build constraints leave none; build without this platform"
			continue
		}
		external = external || len(found.External) > 0
		var cgo *Cgo
		if slices.Contains(in.Cgo, t) {
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
		p.Images = append(p.Images, Image{
			Cgo:      cgo,
			WithoutC: withoutC,
			CgoOff:   slices.Contains(in.CgoOff, t),
			Target:   t,
			Std:      found.Std,
			External: found.External,
			Deps:     found.External,
			Files:    found.Files(),
			Embeds:   found.Embeds(),
		})
	}
	if !external && !p.Source.Graph {
		p.Source.Download = false
	}
}
