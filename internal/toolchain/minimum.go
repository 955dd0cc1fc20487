package toolchain

import (
	"fmt"
	"go/version"
	"slices"
	"strings"
)

// Fault is a fault of the go command or of cmd/cgo by which sources with C decide more than they may.
type Fault struct {
	// ID is its number in the list of Common Vulnerabilities and Exposures.
	ID string
	// What says what sources can do, as half a sentence.
	What string
	// Fixed are the first releases without it, one for each line of releases that has some; older lines have none.
	Fixed []string
}

// Faults gives those that decide which releases compile C. Others need nothing that runs in a build: not the go command's own
// downloads, which are not used, nor SWIG, which is never run.
func Faults() []Fault {
	return []Fault{
		{ID: "CVE-2023-39323", What: "`//line` comments give the linker flags that run programs", Fixed: []string{"go1.21.2"}},
		{ID: "CVE-2025-61731", What: "`#cgo pkg-config` lines have pkg-config write files", Fixed: []string{"go1.24.12", "go1.25.6"}},
		{ID: "CVE-2025-61732", What: "comments hide code that a reader does not see and the compiler takes", Fixed: []string{"go1.24.13", "go1.25.7"}},
	}
}

// has tells whether a release has the fault: one of a line with a fixed release if it is older, and of other lines those before the first
// of them.
func (f Fault) has(v string) bool {
	first := f.Fixed[0]
	for _, fixed := range f.Fixed {
		if version.Lang(fixed) == version.Lang(v) {
			return version.Compare(v, fixed) < 0
		}
	}
	return version.Compare(v, first) < 0
}

// Minimum is the oldest release of a line that compiles C, or "" if none does.
type Minimum struct {
	Line, Release string
	// Because are the faults that all older ones have, or all there are.
	Because []Fault
}

// Minimums gives each line that has one, or has none, from the first that is published as a toolchain to the last that a fault was fixed
// in. Newer lines compile C from the first release on, which no prerelease is.
func Minimums() []Minimum {
	var all []Minimum
	for _, line := range []string{"go1.21", "go1.22", "go1.23", "go1.24", "go1.25"} {
		m := Minimum{Line: line, Release: line + ".0"}
		for _, f := range Faults() {
			if !f.has(line + ".0") {
				continue
			}
			m.Because = append(m.Because, f)
			i := slices.IndexFunc(f.Fixed, func(fixed string) bool { return version.Lang(fixed) == line })
			switch {
			case i < 0:
				m.Release = ""
			case m.Release != "":
				m.Release = newer(m.Release, f.Fixed[i])
			}
		}
		all = append(all, m)
	}
	return all
}

// faultsOf gives the faults that a release has. Toolchains that are not Go's own are not known: they may have fixes of their own.
func faultsOf(release string) []string {
	v := canonical(release)
	if !isRelease(v) {
		return nil
	}
	var ids []string
	for _, f := range Faults() {
		if f.has(v) {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// unlisted is why prereleases do not compile C: a fix reaches them at another time than the releases of older lines, and later ones
// of the same line only.
const unlisted = "it is a prerelease, and no list says which fixes it has"

// lacking says why a release is not to compile C, or "".
func lacking(release string) string {
	ids := faultsOf(release)
	if v := canonical(release); len(ids) == 0 && isRelease(v) && isPrerelease(v) {
		return unlisted
	}
	return strings.Join(ids, ", ")
}

// CheckC refuses a release that is not to compile C. Its error is a [*WantError] without Input; see [CheckCOf].
func CheckC(release string) error {
	why := lacking(release)
	if why == "" {
		return nil
	}
	return &WantError{Msg: fmt.Sprintf("Go %s does not compile C safely: %s", strings.TrimPrefix(canonical(release), "go"), why),
		Help: "use " + fixedFor(canonical(release))}
}

// CheckCOf is CheckC for a version that the inputs of [Exact] led to: the error says which of them.
func CheckCOf(release, toolchainLine, language, config string) error {
	err := CheckC(release)
	if want, ok := err.(*WantError); ok {
		want.Input = InputLanguage
		if w, err := resolve(toolchainLine, language, config); err == nil {
			want.Input = w.input
			if w.exact != "" && config == "" {
				want.Input = InputToolchain
			}
		}
	}
	return err
}

// fixedFor says what to use in place of a release.
func fixedFor(v string) string {
	const key = "; the key go of the configuration names another Go than go.mod does"
	all := Minimums()
	for _, m := range all {
		if m.Line == version.Lang(v) && m.Release != "" {
			return m.Release + " or newer" + key
		}
	}
	if isPrerelease(v) && version.Compare(version.Lang(v), all[len(all)-1].Line) > 0 {
		return version.Lang(v) + ".0 or newer, or a release of an older line until that is published" + key
	}
	for _, m := range all {
		if m.Release != "" {
			return m.Release + " or newer: no release of " + version.Lang(v) + " has the fixes, and a newer Go compiles the module by the rules of its go line" + key
		}
	}
	return "a newer release"
}

// WithoutC is a warning about a release that would not compile C, for a program without; "" if it would.
func WithoutC(release string) string {
	why := lacking(release)
	if why == "" {
		return ""
	}
	lacks := "lacks fixes"
	if why == unlisted {
		lacks = "may lack fixes"
	}
	return fmt.Sprintf("Go %s %s (%s): it builds this program, which has no C, and would be refused for one with C",
		strings.TrimPrefix(canonical(release), "go"), lacks, why)
}
