package plan

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
)

// Programs are the main packages of an image, the one that it starts first.
func (d *Draft) Programs() []Main { return append([]Main{d.Main}, d.Beside...) }

// ImportPaths names the main packages for people.
func (d *Draft) ImportPaths() string { return strings.Join(d.importPaths(), ", ") }

// Joined names the main packages as [scan.JoinMains] does.
func (d *Draft) Joined() string { return scan.JoinMains(d.importPaths()) }

func (d *Draft) importPaths() []string {
	var paths []string
	for _, m := range d.Programs() {
		paths = append(paths, m.ImportPath)
	}
	return paths
}

// Scanned is what a scan says of all programs on a platform.
func (d *Draft) Scanned(found *scan.Result, t target.Target) scan.Image {
	var images []scan.Image
	for _, m := range d.Programs() {
		images = append(images, found.Images[m.ImportPath][t.String()])
	}
	return scan.Together(images...)
}

// placed is a program and where the configuration names it.
type placed struct {
	Main
	at diag.Range
}

// placedPrograms are all of a draft.
func (d *Draft) placedPrograms(in Input) []placed {
	var all []placed
	for i, m := range d.Programs() {
		all = append(all, placed{m, in.atMain(i)})
	}
	return all
}

// atMain is the place of a main package in the configuration.
func (in Input) atMain(i int) diag.Range {
	if len(in.Config.Main) < 2 {
		return in.At("main")
	}
	return in.At(fmt.Sprintf("main[%d]", i))
}

// without are the programs that a platform does not have.
func (d *Draft) without(in Input, t target.Target) []placed {
	return slices.DeleteFunc(d.placedPrograms(in), func(m placed) bool {
		_, ok := in.Scan.Images[m.ImportPath][t.String()]
		return ok
	})
}

// choosePrograms finds the main packages that the configuration names.
func (d *Draft) choosePrograms(in Input, mistakes *diag.List) {
	d.Main = d.chooseMain(in, 0, in.Config.Main.First(), mistakes)
	for i, main := range in.Config.Main.Beside() {
		d.Beside = append(d.Beside, d.chooseMain(in, i+1, main, mistakes))
	}
	d.checkTogether(in, mistakes)
	d.chooseProfile(in, mistakes)
}

func (d *Draft) chooseMain(in Input, i int, main string, mistakes *diag.List) Main {
	chosen, err := in.Scan.Choose(main)
	if mistake, ok := errors.AsType[*diag.Error](err); ok { // and there is no other
		mistake.Range = in.atMain(i)
		addTarget(in, mistake)
		*mistakes = append(*mistakes, mistake)
	}
	return Main{ImportPath: chosen.ImportPath, Dir: chosen.Dir, Name: chosen.Name}
}

// checkTogether refuses programs that cannot be in one folder, and such of several modules: an image has one version.
func (d *Draft) checkTogether(in Input, mistakes *diag.List) {
	all := slices.DeleteFunc(d.placedPrograms(in), func(m placed) bool { return m.ImportPath == "" }) // there is none
	for i, m := range all {
		first, module := in.Facts.ModuleOf(all[0].Dir).Path, in.Facts.ModuleOf(m.Dir).Path
		if module != first {
			mistakes.Addf(m.at, "%s is of the module %s, and %s of %s", m.ImportPath, module, all[0].ImportPath, first).Help =
				"the programs of an image have one version: give this one a target of its own"
		}
		same := slices.IndexFunc(all[:i], func(other placed) bool { return other.Name == m.Name })
		switch {
		case slices.ContainsFunc(all[:i], func(other placed) bool { return other.ImportPath == m.ImportPath }):
			mistakes.Addf(m.at, "%s is named twice", m.ImportPath)
		case same >= 0:
			mistakes.Addf(m.at, "the programs of %s and %s are both called %s", all[same].ImportPath, m.ImportPath, m.Name).Help =
				"they go into one folder: give one of them a target of its own, or its folder another name"
		}
	}
}

// chooseProfile takes the default.pgo that lies beside a program. A profile takes part in the compile of every package, so all programs of an image
// are compiled with one.
func (d *Draft) chooseProfile(in Input, mistakes *diag.List) {
	for _, m := range d.placedPrograms(in) {
		for _, img := range in.Scan.Images[m.ImportPath] {
			profile := path.Join(m.Dir, "default.pgo")
			if !img.PGO || profile == d.Main.PGO {
				continue
			}
			if d.Main.PGO != "" {
				mistakes.Addf(m.at, "%s is a profile, and so is %s", profile, d.Main.PGO).Help =
					"the programs of an image are compiled with one profile: keep one of them, or give this program a target of its own"
				break
			}
			d.Main.PGO, d.Main.PGOFiles = profile, img.PGOFiles
		}
	}
}
