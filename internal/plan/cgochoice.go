package plan

import (
	"maps"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/analyze"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/scan"
	"github.com/modship-build/modship/internal/target"
)

// cgoChoice is whether one platform gets CGO_ENABLED=1.
type cgoChoice int

const (
	// cgoOpen: no file seen so far depends on it.
	cgoOpen cgoChoice = iota
	// cgoTried: some do, so the packages are listed with cgo to see whether one uses it.
	cgoTried
	cgoOn
	cgoOff
)

// CgoChoices are the choices for each platform. They are made of the real import graph: net and os/user of the standard library,
// which use cgo where it is on, are no reason to turn it on. plugin and runtime/cgo are, which are nothing without it, and so is
// BoringCrypto.
//
// For other systems than Linux no C is compiled, whatever is found.
//
// A package without any file that depends on cgo is the same with cgo and without. So packages are first listed without; only
// if one has such files is the list made again.
type CgoChoices map[target.Target]cgoChoice

// NewCgoChoices starts with what the configuration says.
func NewCgoChoices(c *config.Config, targets []target.Target) CgoChoices {
	choices := CgoChoices{}
	for _, t := range targets {
		choices[t] = map[string]cgoChoice{"on": cgoOn, "off": cgoOff}[c.Cgo.Enabled]
		if !t.IsLinux() {
			choices[t] = cgoOff
		}
	}
	for _, t := range boringTargets(c.Build.Env, targets) {
		if choices[t] == cgoOpen {
			choices[t] = cgoOn
		}
	}
	return choices
}

// Scan gives the platforms to scan with cgo: also those that are open, since a file with cgo may be the only main package.
func (c CgoChoices) Scan() []target.Target { return c.where(cgoOpen, cgoTried, cgoOn) }

// On gives the platforms to plan with cgo.
func (c CgoChoices) On() []target.Target { return c.where(cgoTried, cgoOn) }

// Off gives the platforms that are not to have it.
func (c CgoChoices) Off() []target.Target { return c.where(cgoOff) }

func (c CgoChoices) where(choices ...cgoChoice) []target.Target {
	var targets []target.Target
	for t, choice := range c {
		if slices.Contains(choices, choice) {
			targets = append(targets, t)
		}
	}
	slices.SortFunc(targets, func(a, b target.Target) int { return strings.Compare(a.String(), b.String()) })
	return targets
}

// Scanned gives the choices with what the module's own packages say.
func (c CgoChoices) Scanned(images map[string]scan.Image) CgoChoices {
	next := maps.Clone(c)
	for t, choice := range c {
		if choice == cgoOpen && images[t.String()].CgoMatters {
			next[t] = cgoTried
		}
	}
	return next
}

// OfMains gives the choices with what the scan says of the main packages of the configuration. That one is none, the draft says.
func (c CgoChoices) OfMains(in Input) CgoChoices {
	for _, main := range append([]string{in.Config.Main.First()}, in.Config.Main.Beside()...) {
		if chosen, err := in.Scan.Choose(main); err == nil {
			c = c.Scanned(in.Scan.Images[chosen.ImportPath])
		}
	}
	return c
}

// Analyzed gives the choices with what the other packages say, and tells whether one has changed, so that all has to be looked at again.
// found has one summary for each image, or is empty if no packages of other modules are built.
func (c CgoChoices) Analyzed(d *Draft, found []analyze.Summary) (next CgoChoices, changed bool) {
	next = maps.Clone(c)
	for i, img := range d.Images {
		var s analyze.Summary
		if len(found) > 0 {
			s = found[i]
		}
		switch t := img.Target; {
		case c[t] == cgoOpen && s.CgoMatters:
			next[t], changed = cgoTried, true
		case c[t] == cgoTried && len(s.Cgo) == 0 && !img.Cgo.Own:
			next[t], changed = cgoOff, true
		}
	}
	return next, changed
}
