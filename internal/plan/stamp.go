package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/rules"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/vcs"
)

// Stamp is what the link writes into the program. The variables are in [Image.Stamp].
type Stamp struct {
	// Off says that nothing of the commit is written, so that another commit of the same files needs no link.
	Off bool `json:"off,omitempty"`
	// VCS are the facts for the build information that `go version -m` prints; nil with Off, or if there are none.
	VCS *vcs.Facts `json:"vcs,omitempty"`
}

// addStamps decides the variables of every program: the well-known ones that hold nothing get the facts that the labels have, and what
// the configuration says wins.
func (a *Analyzed) addStamps(in Input, commit *vcs.Facts) {
	if in.Config.Build.Stamp.Off {
		a.Stamp = Stamp{Off: true}
		return
	}
	a.Stamp = Stamp{VCS: commit}
	for i, img := range a.Images {
		a.Images[i].Stamp = a.stamp(in, img, a.Main)
		for _, m := range a.Beside {
			if stamp := a.stamp(in, img, m); stamp != nil {
				if a.Images[i].StampBeside == nil {
					a.Images[i].StampBeside = map[string]map[string]string{}
				}
				a.Images[i].StampBeside[m.ImportPath] = stamp
			}
		}
	}
}

// stamp are the variables of one program. Of those that the configuration names it gets what it has; that one of them has each is
// checked.
func (a *Analyzed) stamp(in Input, img Image, m Main) map[string]string {
	found := in.Scan.Images[m.ImportPath][img.Target.String()]
	linked := config.LinkedVariables(a.Flags.LDFlags)
	known := a.Known(img)
	stamp := map[string]string{}
	for _, name := range found.Vars {
		fact, _ := scan.WellKnown(name)
		if value, ok := known[fact]; ok && !slices.Contains(linked, "main."+name) {
			stamp["main."+name] = value
		}
	}
	for name, template := range in.Config.Build.Stamp.Vars {
		value, err := template.Expand(known)
		if delete(stamp, name); err == nil && template.Known(known) && !found.CannotStamp(name) {
			stamp[name] = value
		}
	}
	if len(stamp) == 0 {
		return nil
	}
	return stamp
}

// keptWarnings name the well-known variables that are not stamped, because they have a value which is more than a placeholder.
func (a *Analyzed) keptWarnings(in Input) diag.List {
	var list diag.List
	if in.Config.Build.Stamp.Off {
		return nil
	}
	linked := config.LinkedVariables(a.Flags.LDFlags)
	seen := map[scan.Kept]bool{}
	for _, img := range a.Images {
		known := a.Known(img)
		for _, kept := range a.kept(in, img) {
			name := "main." + kept.Name
			fact, _ := scan.WellKnown(kept.Name)
			_, explicit := in.Config.Build.Stamp.Vars[name]
			if _, ok := known[fact]; !ok || seen[kept] || explicit || slices.Contains(linked, name) {
				continue
			}
			seen[kept] = true
			at := diag.Pos{Line: kept.Line, Col: kept.Col}
			w := list.Addf(diag.Range{File: kept.File, Start: at, End: at}, "main.%s has the value %s and keeps it", kept.Name, quoteShort(kept.Value))
			w.Rule = rules.KeptStamp
			if !a.onAll(in, kept.Name) {
				w.Help = "to stamp it, leave it without a value"
				continue
			}
			w.Help = fmt.Sprintf("to stamp it, write build: {stamp: {%s: \"${%s}\"}}", name, fact)
			if config.CheckStamp(kept.Value) == nil && len(kept.Value) <= maxQuoted {
				w.Help += fmt.Sprintf("; to keep it and be told no more, {%s: %q}", name, string(config.Literal(kept.Value)))
			}
		}
	}
	return list
}

// kept are the variables of all programs on a platform that keep what they have.
func (d *Draft) kept(in Input, img Image) []scan.Kept {
	var all []scan.Kept
	for _, m := range d.Programs() {
		all = append(all, in.Scan.Images[m.ImportPath][img.Target.String()].Kept...)
	}
	return all
}

// onAll tells whether package main of some program has a variable on every platform. The configuration can name no other.
func (d *Draft) onAll(in Input, name string) bool {
	return !slices.ContainsFunc(d.Images, func(img Image) bool {
		return !slices.ContainsFunc(d.Programs(), func(m Main) bool {
			found := in.Scan.Images[m.ImportPath][img.Target.String()]
			return slices.Contains(found.Vars, name) || slices.ContainsFunc(found.Kept, func(k scan.Kept) bool { return k.Name == name })
		})
	})
}

// partWarnings name what the configuration stamps and one of several programs has in a form that the linker cannot set. That a program lacks
// what others have is as it should be.
func (a *Analyzed) partWarnings(in Input) diag.List {
	var list diag.List
	if in.Config.Build.Stamp.Off {
		return nil
	}
	seen := map[string]bool{}
	for _, img := range a.Images {
		for _, m := range a.Programs() {
			for _, u := range in.Scan.Images[m.ImportPath][img.Target.String()].Unstampable {
				msg := fmt.Sprintf("%s is not stamped in the program of %s: %s", u.Name, m.ImportPath, u.Reason)
				if u.Absent || seen[msg] {
					continue
				}
				seen[msg] = true
				w := list.Addf(in.At("build.stamp."+u.Name), "%s", msg)
				w.Rule, w.Help = rules.KeptStamp, u.Help
			}
		}
	}
	return list
}

// maxQuoted bounds a value in a message, in bytes.
const maxQuoted = 80

func quoteShort(value string) string {
	if len(value) <= maxQuoted {
		return strconv.Quote(value)
	}
	return strconv.Quote(strings.ToValidUTF8(value[:maxQuoted], "")) + "…"
}

// reportUnstampable shows each variable once for each reason, with its platforms if it is not for all.
func (d *Draft) reportUnstampable(in Input, mistakes *diag.List) {
	if in.Config.Build.Stamp.Off {
		return
	}
	platforms := map[scan.Unstampable][]string{}
	for _, img := range d.Images {
		for _, u := range d.unstampable(in, img.Target) {
			platforms[u] = append(platforms[u], img.Target.String())
		}
	}
	order := func(a, b scan.Unstampable) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Reason, b.Reason))
	}
	for _, u := range slices.SortedFunc(maps.Keys(platforms), order) {
		reason, on := u.Reason, platforms[u]
		if len(on) < len(d.Images) {
			reason += " on " + strings.Join(on, ", ")
		}
		mistakes.Addf(in.At("build.stamp."+u.Name), "%s cannot be stamped: %s", u.Name, reason).Help = u.Help
	}
}

// unstampable are the variables that no program has, and what each program says of them.
func (d *Draft) unstampable(in Input, t target.Target) []scan.Unstampable {
	var all []scan.Unstampable
	for _, m := range d.Programs() {
		for _, u := range in.Scan.Images[m.ImportPath][t.String()].Unstampable {
			has := func(other Main) bool { return !in.Scan.Images[other.ImportPath][t.String()].CannotStamp(u.Name) }
			if !slices.ContainsFunc(d.Programs(), has) && !slices.Contains(all, u) {
				all = append(all, u)
			}
		}
	}
	return all
}
