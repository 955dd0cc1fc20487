package plan

import (
	"slices"

	"github.com/modship-build/modship/internal/diag"
)

// OtherSystems tells whether a program is for another system than Linux.
func (d *Draft) OtherSystems() bool {
	return slices.ContainsFunc(d.Images, func(img Image) bool { return !img.Target.IsLinux() })
}

// checkSystems refuses to leave C out where the configuration has turned it on.
func checkSystems(in Input, mistakes *diag.List) {
	for _, t := range in.Targets {
		if in.Config.Cgo.Enabled == "on" && !t.IsLinux() {
			mistakes.Addf(in.At("cgo.enabled"), "C is compiled for linux only, not for %s", t).Help =
				"build without this platform, or remove enabled: on, if the packages have files in place of C"
		}
	}
}
