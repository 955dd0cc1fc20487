// Package lint holds what a user's files say against the rules for builds of package rules.
//
// A finding is a [diag.Error] that names its rule. What becomes of it is not decided here: a rule has a level, and the configuration may
// give it another. Mistakes that a build is refused for are found where the files are read. What is not known, because nobody has followed
// requirements yet, or an image has a Go of its own, is no finding.
package lint

import (
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/rules"
	"github.com/modship-build/modship/internal/toolchain"
)

// Project looks at module files and configuration. Declared are the arguments of the configuration, given those of the build.
func Project(in plan.Input, declared map[string]config.Arg, given map[string]string) diag.List {
	return slices.Concat(replaces(in.Facts), excludes(in.Facts), unpinnedGo(in), unpinnedImages(in), secrets(in, declared, given))
}

// found adds a finding.
func found(list *diag.List, rule string, at diag.Range, help, format string, args ...any) {
	e := list.Addf(at, format, args...)
	e.Rule, e.Help = rule, help
}

func replaces(f *gomod.Facts) diag.List {
	var list diag.List
	for _, r := range f.Replaces() {
		switch {
		case r.Unused != "":
			found(&list, rules.UnusedReplace, r.Range, "remove the line, or name the version that is required", "the replacement of %s has no effect: %s", r.Old, r.Unused)
		case r.Folder:
			found(&list, rules.LocalReplace, r.Range, "require a version of it, or write a go.work", "%s is replaced by the folder %s, which no version names", r.Old, r.New.Path)
		}
	}
	return list
}

func excludes(f *gomod.Facts) diag.List {
	var list diag.List
	for _, x := range f.Excludes() {
		found(&list, rules.Exclude, x.Range, "require a newer version in its place", "%s is excluded, which is in force in this module alone", x.Version)
	}
	return list
}

func unpinnedGo(in plan.Input) diag.List {
	var list diag.List
	_, exact, err := toolchain.Exact(in.Facts.Toolchain, in.Facts.Language, in.Config.Go.Version)
	if err != nil || exact || in.Config.Builder.Image != "" {
		return nil
	}
	found(&list, rules.GoToolchain, in.Facts.GoLine(), "run go get toolchain@patch, or name one in the configuration, such as go: \"1.26.8\"",
		"nothing names the exact version of Go, and a build takes the newest that fits go %s", in.Facts.Language)
	return list
}

// unpinnedImages looks at the images that the configuration itself names.
func unpinnedImages(in plan.Input) diag.List {
	var list diag.List
	c := in.Config
	for _, image := range []struct{ key, ref string }{
		{"image.base", c.Image.Base}, {"builder.image", c.Builder.Image}, {"cgo.base", c.Cgo.Base}, {"cgo.zig.image", c.Cgo.Zig.Image},
	} {
		if image.ref == "" || image.ref == defaults.Base || strings.Contains(image.ref, "@") {
			continue
		}
		found(&list, rules.UnpinnedBase, in.At(image.key), "add its digest, as in "+image.ref+"@sha256:…", "%s may be another image tomorrow: it has no digest", image.ref)
	}
	return list
}
