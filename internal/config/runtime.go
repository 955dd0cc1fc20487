package config

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/modship-build/modship/internal/diag"
)

// Runtime holds the settings of Go's runtime, in the spelling of the environment variables that they become
// (https://pkg.go.dev/runtime#hdr-Environment_Variables). "" leaves the variable alone.
type Runtime struct {
	// GOGC is "off" or a number from 0 on.
	GOGC string `json:"gogc,omitzero" accept:"integer"`
	// GOMEMLIMIT is "off" or a number of bytes, perhaps with B, KiB, MiB, GiB or TiB behind it.
	GOMEMLIMIT string `json:"gomemlimit,omitzero" accept:"integer"`
	// GOMAXPROCS is a number from 1 on.
	GOMAXPROCS string `json:"gomaxprocs,omitzero" accept:"integer"`
	// GODEBUG maps settings to their values; https://go.dev/doc/godebug.
	GODEBUG map[string]string `json:"godebug,omitzero" accept:"integer"`
	// GOTRACEBACK is none, single, all, system, crash, wer or a number.
	GOTRACEBACK string `json:"gotraceback,omitzero" accept:"integer"`
	// OTel adds the variables of [OTelVariables], made from the metadata of the image.
	OTel bool `json:"otel,omitzero"`
}

// OTelVariables tell OpenTelemetry's SDKs what program this is;
// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables.
func OTelVariables() []string { return []string{"OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"} }

// Env gives the variables that r sets in the environment of the container, without those of OpenTelemetry.
func (r Runtime) Env() map[string]string {
	env := map[string]string{
		"GOGC": r.GOGC, "GOMEMLIMIT": r.GOMEMLIMIT, "GOMAXPROCS": r.GOMAXPROCS, "GOTRACEBACK": r.GOTRACEBACK,
	}
	var settings []string
	for _, name := range slices.Sorted(maps.Keys(r.GODEBUG)) {
		settings = append(settings, name+"="+r.GODEBUG[name])
	}
	env["GODEBUG"] = strings.Join(settings, ",")
	maps.DeleteFunc(env, func(_, value string) bool { return value == "" })
	return env
}

// runtime checks the settings, and that image.env does not say the same again.
func (c checker) runtime(r *Runtime) {
	c.scalar(&r.GOGC, goGC, "runtime", "gogc")
	c.scalar(&r.GOMEMLIMIT, goMemLimit, "runtime", "gomemlimit")
	c.scalar(&r.GOMAXPROCS, goMaxProcs, "runtime", "gomaxprocs")
	c.table(r.GODEBUG, goDebug, "runtime", "godebug")
	c.scalar(&r.GOTRACEBACK, goTraceback, "runtime", "gotraceback")
	c.conflicts(r)
}

func (c checker) conflicts(r *Runtime) {
	env := c.root.find("image", "env")
	if env == nil {
		return
	}
	for name := range r.Env() {
		c.conflict(env.get(name), "runtime."+strings.ToLower(name))
	}
	if r.OTel {
		for _, name := range OTelVariables() {
			c.conflict(env.get(name), "runtime.otel")
		}
	}
}

func (c checker) conflict(written *entry, other string) {
	if written != nil {
		c.errs.Addf(written.key.Range, "image.env and %s both set %s", other, written.key.text).Help = "remove one of them"
	}
}

var wholeNumber = regexp.MustCompile(`^(0|[1-9][0-9]*)$`)

// number reads a decimal number from low to high. The runtime ignores one that it cannot read, without a word.
func number(s string, low, high uint64) bool {
	n, err := strconv.ParseUint(s, 10, 64)
	return wholeNumber.MatchString(s) && err == nil && low <= n && n <= high
}

func goGC(s string) (string, error) {
	if s != "off" && !number(s, 0, math.MaxInt32) {
		return "", &problem{fmt.Sprintf("%q is not a value of GOGC", s), "write a percentage such as 100, or off"}
	}
	return s, nil
}

func goMaxProcs(s string) (string, error) {
	if !number(s, 1, math.MaxInt32) {
		return "", &problem{fmt.Sprintf("%q is not a value of GOMAXPROCS", s), "write a number from 1 on; without it, Go takes the container's CPU limit"}
	}
	return s, nil
}

// byteUnits are what parseByteCount of package runtime knows, with the largest number that fits 63 bits.
var byteUnits = []struct {
	suffix string
	shift  int
}{{"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}, {"B", 0}, {"", 0}}

func goMemLimit(s string) (string, error) {
	if s == "off" {
		return s, nil
	}
	for _, unit := range byteUnits {
		if count, ok := strings.CutSuffix(s, unit.suffix); ok && number(count, 0, math.MaxInt64>>unit.shift) {
			return s, nil
		}
	}
	return "", memLimitProblem(s)
}

// memLimitProblem knows the spellings of other programs. A program with a wrong limit does not start.
func memLimitProblem(s string) error {
	p := &problem{fmt.Sprintf("%q is not a value of GOMEMLIMIT", s), "write bytes with B, KiB, MiB, GiB or TiB, such as 512MiB, or off"}
	digits := strings.TrimRight(s, "KMGTkmgtiIbB ")
	unit := strings.ToUpper(strings.TrimSpace(s[len(digits):]))
	for _, known := range byteUnits {
		if unit != "" && strings.HasPrefix(strings.ToUpper(known.suffix), unit[:1]) && number(digits, 0, math.MaxInt64>>known.shift) {
			p.help = fmt.Sprintf("write %q", digits+known.suffix)
			break
		}
	}
	return p
}

var (
	debugName  = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
	debugValue = regexp.MustCompile(`^[^,=\s"']+$`)
)

func goDebug(name, value string) (nameErr, valueErr error) {
	if !debugName.MatchString(name) {
		nameErr = &problem{fmt.Sprintf("%q is not a name of a GODEBUG setting", name), "write one setting per key, such as http2client: 0"}
	}
	if !debugValue.MatchString(value) {
		valueErr = &problem{fmt.Sprintf("%q is not a value of a GODEBUG setting", value), "it has no comma, no = and no white space"}
	}
	return nameErr, valueErr
}

var tracebacks = []string{"none", "single", "all", "system", "crash", "wer"}

func goTraceback(s string) (string, error) {
	if slices.Contains(tracebacks, s) || number(s, 0, math.MaxUint32) {
		return s, nil
	}
	p := &problem{fmt.Sprintf("%q is not a value of GOTRACEBACK", s), diag.Suggest(s, tracebacks)}
	if p.help == "" {
		p.help = "write one of " + strings.Join(tracebacks, ", ") + ", or a number"
	}
	return "", p
}
