package plan

import (
	"go/version"
	"maps"
	"slices"
	"strings"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/goenv"
	"github.com/modship-build/modship/internal/target"
)

// firstFIPS is the first Go that knows GOFIPS140; older ones ignore it.
const firstFIPS = "go1.24"

// UsesBoring tells whether GOEXPERIMENT turns BoringCrypto on.
func UsesBoring(env map[string]string) bool {
	return goenv.AsksExperiment(env["GOEXPERIMENT"], goenv.BoringCrypto)
}

// UsesFIPS tells whether GOFIPS140 asks for anything.
func UsesFIPS(env map[string]string) bool { return env["GOFIPS140"] != "" && env["GOFIPS140"] != "off" }

// hasBoring tells whether there is BoringCrypto for a platform (crypto/internal/boring).
func hasBoring(t target.Target) bool {
	return t.OS == "linux" && (t.Arch == "amd64" || t.Arch == "arm64")
}

// checkGoEnv refuses what this Go, a platform or a program without C would pass over without a word.
func checkGoEnv(in Input, mistakes *diag.List) {
	env := in.Config.Build.Env
	if in.Go.Version != "" {
		checkVersion(in, mistakes)
	}
	if !UsesBoring(env) {
		return
	}
	at := in.At("build.env.GOEXPERIMENT")
	if in.Config.Cgo.Enabled == "off" {
		mistakes.Addf(at, "boringcrypto needs C, and cgo is off: the program would have Go's own cryptography").Help =
			"remove cgo: {enabled: off}, or " + inPlaceOfBoring(in) + ", which needs no C"
	}
	if UsesFIPS(env) {
		mistakes.Addf(at, "boringcrypto and GOFIPS140 exclude each other").Help = "remove one of them"
	}
	for _, t := range in.Targets {
		if !hasBoring(t) {
			mistakes.Addf(at, "there is no boringcrypto for %s, only for linux/amd64 and linux/arm64: the program would have Go's own cryptography", t).Help =
				"build without this platform, or " + inPlaceOfBoring(in)
		}
	}
}

// inPlaceOfBoring is what else has validated cryptography.
func inPlaceOfBoring(in Input) string {
	help := "use GOFIPS140 in its place"
	if in.Go.Version != "" && version.Compare("go"+in.Go.Version, firstFIPS) < 0 {
		help += ", with go: \"1.24\" or newer"
	}
	return help
}

// checkVersion is for what depends on the version of Go. That of a builder image is not known before the program is there.
func checkVersion(in Input, mistakes *diag.List) {
	env := in.Config.Build.Env
	for _, name := range goenv.UnknownExperiments(in.Go.Version, env["GOEXPERIMENT"]) {
		known, _ := goenv.Experiments(in.Go.Version)
		e := mistakes.Addf(in.At("build.env.GOEXPERIMENT"), "Go %s has no experiment %s", in.Go.Version, strings.TrimPrefix(name, "no"))
		if e.Help = diag.Suggest(strings.TrimPrefix(name, "no"), known); e.Help == "" {
			e.Help = "it has " + strings.Join(known, ", ")
		}
	}
	if UsesFIPS(env) && version.Compare("go"+in.Go.Version, firstFIPS) < 0 {
		mistakes.Addf(in.At("build.env.GOFIPS140"), "Go %s does not know GOFIPS140 and would ignore it", in.Go.Version).Help =
			`use Go 1.24 or newer, as with go: "1.24"`
	}
}

// boringTargets are those that get C because of BoringCrypto.
func boringTargets(env map[string]string, targets []target.Target) []target.Target {
	if !UsesBoring(env) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(targets), func(t target.Target) bool { return !hasBoring(t) })
}

// debugWarnings name settings of GODEBUG that a program ignores. A release of Go that is newer than what is known may have them.
func debugWarnings(in Input) diag.List {
	var list diag.List
	for _, name := range slices.Sorted(maps.Keys(in.Config.Runtime.GODEBUG)) {
		if help, unknown := config.UnknownDebug(name); unknown {
			list.Addf(in.At("runtime.godebug."+name), "GODEBUG has no setting %s in Go 1.27 and before: programs ignore it", name).Help = help
		}
	}
	return list
}
