package goenv

import (
	"go/version"
	"slices"
	"strconv"
	"strings"
)

// BoringCrypto replaces Go's cryptography by BoringSSL's. It is the one experiment that is left out silently where it cannot be
// had: without cgo, and but for linux/amd64 and linux/arm64.
const BoringCrypto = "boringcrypto"

// release is what one minor release of Go has in experiments (GOEXPERIMENT). They decide which files of a package are compiled, by the
// build tags goexperiment.NAME.
//
// The knowledge is that of internal/buildcfg and internal/goexperiment in the standard library, which a program cannot import. Of a
// release newer than the table nothing is known for certain; it is taken to be as the newest in it.
type release struct {
	minor int
	// names are all experiments, on those that are on everywhere.
	names, on []string
	// regabi are the architectures with the experiments regabiargs and regabiwrappers on, spinbit those with spinbitmutex.
	regabi, spinbit []string
	// fixed are those of regabi where the two cannot be off.
	fixed []string
}

// old are experiments of all releases of the table.
var old = []string{
	"arenas", BoringCrypto, "cgocheck2", "fieldtrack", "heapminimum512kib", "loopvar", "preemptibleloops", "regabiargs", "regabiwrappers", "staticlockranking",
}

var (
	regabi   = []string{"amd64", "arm64", "ppc64", "ppc64le", "riscv64"}
	regabi64 = append(slices.Clone(regabi), "loong64")
	regabiZ  = append(slices.Clone(regabi64), "s390x")
)

var releases = []release{
	{21, with("cacheprog", "coverageredesign", "pagetrace"), []string{"coverageredesign"}, regabi, nil, regabi},
	{22, with("allocheaders", "cacheprog", "coverageredesign", "exectracer2", "newinliner", "pagetrace", "range", "rangefunc"),
		[]string{"allocheaders", "coverageredesign", "exectracer2"}, regabi64, nil, regabi},
	{23, with("aliastypeparams", "cacheprog", "coverageredesign", "newinliner", "rangefunc"), []string{"coverageredesign"}, regabi64, nil, regabi64},
	{24, with("aliastypeparams", "cacheprog", "coverageredesign", "newinliner", "rangefunc", "spinbitmutex", "swissmap", "synchashtriemap", "synctest"),
		[]string{"aliastypeparams", "coverageredesign", "swissmap", "synchashtriemap"}, regabi64,
		[]string{"386", "amd64", "arm", "arm64", "ppc64", "ppc64le"}, regabi64},
	{25, with("aliastypeparams", "cacheprog", "dwarf5", "greenteagc", "jsonv2", "newinliner", "rangefunc", "swissmap", "synchashtriemap", "synctest"),
		[]string{"aliastypeparams", "dwarf5", "swissmap", "synchashtriemap"}, regabi64, nil, regabi64},
	{26, with("dwarf5", "goroutineleakprofile", "greenteagc", "jsonv2", "newinliner", "randomizedheapbase64", "runtimefreegc", "runtimesecret", "simd", "sizespecializedmalloc"),
		[]string{"dwarf5", "greenteagc", "randomizedheapbase64"}, regabiZ, nil, regabi64},
	{27, with("dwarf5", "greenteagc", "jsonv2", "mapsplitgroup", "newinliner", "randomizedheapbase64", "runtimefreegc", "runtimesecret", "simd", "sizespecializedmalloc"),
		[]string{"dwarf5", "greenteagc", "jsonv2", "randomizedheapbase64", "sizespecializedmalloc"}, regabiZ, nil, regabiZ},
}

// with gives the names in order.
func with(names ...string) []string {
	names = append(names, old...)
	slices.Sort(names)
	return names
}

// find gives the row of a version of Go such as 1.26.8; exact is false for one that is not in the table, of which the nearest is given.
func find(goVersion string) (r release, exact bool) {
	lang := version.Lang("go" + strings.TrimPrefix(goVersion, "go"))
	minor, err := strconv.Atoi(strings.TrimPrefix(lang, "go1."))
	if err != nil {
		return releases[len(releases)-1], false
	}
	i, exact := slices.BinarySearchFunc(releases, minor, func(r release, minor int) int { return r.minor - minor })
	return releases[min(i, len(releases)-1)], exact
}

// Experiments gives the experiments of a version of Go; ok is false where they are not known.
func Experiments(goVersion string) (names []string, ok bool) {
	r, exact := find(goVersion)
	if !exact {
		return nil, false
	}
	return slices.Clone(r.names), true
}

// UnknownExperiments gives those elements of GOEXPERIMENT that a version of Go has no experiment for, as far as that is known.
func UnknownExperiments(goVersion, list string) []string {
	r, exact := find(goVersion)
	if !exact {
		return nil
	}
	var unknown []string
	for name := range elements(list) {
		bare := strings.TrimPrefix(name, "no")
		if name != "none" && bare != "regabi" && !slices.Contains(r.names, bare) {
			unknown = append(unknown, name)
		}
	}
	return unknown
}

// EnabledExperiments gives the experiments that are on, sorted: those of the version and the architecture, changed by a list such as
// GOEXPERIMENT is. What the version does not know is on if it is asked for.
func EnabledExperiments(goVersion, arch, list string) []string {
	r, _ := find(goVersion)
	on := map[string]bool{}
	set := func(names []string, value bool) {
		for _, name := range names {
			on[name] = value
		}
	}
	args := []string{"regabiargs", "regabiwrappers"}
	set(r.on, true)
	set(args, slices.Contains(r.regabi, arch))
	on["spinbitmutex"] = slices.Contains(r.spinbit, arch)
	for name := range elements(list) {
		bare, off := strings.CutPrefix(name, "no")
		switch {
		case name == "none":
			clear(on)
		case bare == "regabi":
			set(args, !off)
		default:
			on[bare] = !off
		}
	}
	switch {
	case slices.Contains(r.fixed, arch):
		set(args, true)
	case !slices.Contains(r.regabi, arch):
		set(args, false)
	}
	var names []string
	for name, is := range on {
		if is {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// AsksExperiment tells whether a list such as GOEXPERIMENT's turns an experiment on.
func AsksExperiment(list, name string) bool {
	asked := false
	for e := range elements(list) {
		switch e {
		case name:
			asked = true
		case "none", "no" + name:
			asked = false
		}
	}
	return asked
}

func elements(list string) func(yield func(string) bool) {
	return strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' })
}
