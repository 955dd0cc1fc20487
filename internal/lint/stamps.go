package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/rules"
	"github.com/modship-build/modship/internal/scan"
)

// Stamps looks for variables that the build would stamp and that linker flags of the configuration set to something else.
func Stamps(in plan.Input, d *plan.Draft) diag.List {
	var list diag.List
	if in.Config.Build.Stamp.Off {
		return nil
	}
	for _, linked := range config.LinkedVariables(in.Config.Build.LDFlags) {
		name, ok := strings.CutPrefix(linked, "main.")
		fact, known := scan.WellKnown(name)
		if !ok || !known || !stamped(in, d, name) {
			continue
		}
		found(&list, rules.Stamp, in.At(linkerFlag(in.Config.Build.LDFlags, linked)), "remove the flag, or write build: {stamp: {"+linked+": \"…\"}}",
			"%s is set by a linker flag, and not to the %s that the labels have", linked, fact)
	}
	return list
}

// stamped tells whether some program has such a variable on some platform, without a value of its own.
func stamped(in plan.Input, d *plan.Draft, name string) bool {
	return slices.ContainsFunc(d.Images, func(img plan.Image) bool {
		return slices.ContainsFunc(d.Programs(), func(m plan.Main) bool {
			return slices.Contains(in.Scan.Images[m.ImportPath][img.Target.String()].Vars, name)
		})
	})
}

// linkerFlag is the key of the flag that sets a variable.
func linkerFlag(flags []string, name string) string {
	for i, flag := range flags {
		if value := strings.TrimPrefix(flag, "-X="); strings.HasPrefix(value, name+"=") {
			return fmt.Sprintf("build.ldflags[%d]", i)
		}
	}
	return "build.ldflags"
}
