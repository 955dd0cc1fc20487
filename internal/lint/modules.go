package lint

import (
	"slices"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/gomod"
	"github.com/modship-build/modship/internal/modfetch"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/rules"
)

const sumHelp = "run go mod tidy, and commit the go.sum that it writes"

// Sums looks for modules that go.mod requires and that sums has no hash of. The zip of a direct requirement must have one; of another it may
// be that nothing is needed but its go.mod file. Vendored modules have none to compare.
func Sums(f *gomod.Facts, sums modfetch.GoSum) diag.List {
	var list diag.List
	if f.Vendor {
		return nil
	}
	direct := f.Requires(true)
	for _, r := range f.Requires(false) {
		mod := module.Version{Path: r.Path, Version: r.Version.Version + "/go.mod"}
		missing := "go.sum has no hash of %s"
		switch isDirect := slices.Contains(direct, r); {
		case len(sums[r.Version]) > 0:
			continue
		case len(sums[mod]) > 0 && (!isDirect || !f.Complete):
			continue
		case len(sums[mod]) > 0:
			missing = "go.sum has the hash of the go.mod file of %s alone"
		}
		found(&list, rules.MissingSum, r.Range, sumHelp, missing, r.Version)
	}
	return list
}

// Notices tells what the authors of modules say of the versions that are required.
func Notices(lines []gomod.Line, said []request.Notice) diag.List {
	var list diag.List
	for _, l := range lines {
		for _, n := range said {
			if n.Module != l.Version {
				continue
			}
			if n.Retracted != "" {
				found(&list, rules.Retracted, l.Range, "run go get "+l.Path+"@latest", "%s has been retracted: %s", l.Version, n.Retracted)
			}
			if n.Deprecated != "" {
				found(&list, rules.Deprecated, l.Range, "", "%s is deprecated: %s", l.Path, n.Deprecated)
			}
		}
	}
	return list
}
