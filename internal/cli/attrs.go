package cli

import (
	"slices"
	"strings"

	"github.com/containerd/platforms"

	"github.com/modship-build/modship/internal/buildarg"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/target"
)

// frontendAttrs returns the options of the frontend, under the keys that buildx uses. defaults are build arguments that the
// user's own go before.
func frontendAttrs(o Options, defaults map[string]string, lookup func(string) (string, bool), mistakes *diag.List) map[string]string {
	attrs := map[string]string{}
	for k, v := range defaults {
		attrs["build-arg:"+k] = v
	}
	args := parseKeyValues("build-arg", o.BuildArgs, lookup, mistakes)
	checkArgs(args, mistakes)
	for k, v := range args {
		attrs["build-arg:"+k] = v
	}
	for k, v := range parseKeyValues("label", o.Labels, emptyValue, mistakes) {
		attrs["label:"+k] = v
	}
	for k, v := range parseAttests(o, mistakes) {
		attrs["attest:"+k] = v
	}
	if o.Target != "" {
		attrs["target"] = o.Target
	}
	if p := parsePlatforms(o.Platforms, mistakes); len(p) > 0 {
		checkPlatforms(p, mistakes)
		attrs["platform"] = strings.Join(p, ",")
	}
	switch {
	case o.NoCache && len(o.NoCacheFilter) > 0:
		flagMistake(mistakes, "no-cache", "everything or some stages: not together with --no-cache-filter")
	case o.NoCache:
		attrs["no-cache"] = "" // all stages
	case len(o.NoCacheFilter) > 0:
		attrs["no-cache"] = strings.Join(o.NoCacheFilter, ",")
	}
	return attrs
}

// checkArgs refuses what the frontend would refuse, before a daemon records it.
func checkArgs(args map[string]string, mistakes *diag.List) {
	_, err := buildarg.Parse(args)
	for _, m := range diag.All(err) {
		flagMistake(mistakes, "build-arg", "%v", m)
	}
}

// emptyValue is the value of a label that is given as a key alone.
func emptyValue(string) (string, bool) { return "", true }

// parseKeyValues reads values KEY=VAL. Of a KEY alone, alone knows the value, or that there is none.
func parseKeyValues(flag string, values []string, alone func(string) (string, bool), mistakes *diag.List) map[string]string {
	m := map[string]string{}
	for _, v := range values {
		key, value, ok := strings.Cut(v, "=")
		if strings.TrimSpace(key) == "" {
			flagMistake(mistakes, flag, "%q: want KEY=VALUE", v)
			continue
		}
		if !ok {
			if value, ok = alone(key); !ok {
				continue
			}
		}
		m[key] = value
	}
	return m
}

// parsePlatforms returns the normal forms of the platforms, each once, in their order.
func parsePlatforms(values []string, mistakes *diag.List) []string {
	var all []string
	for _, v := range values {
		for s := range strings.SplitSeq(v, ",") {
			p, err := platforms.Parse(strings.TrimSpace(s))
			if err != nil {
				flagMistake(mistakes, "platform", "%q: %v", s, err)
				continue
			}
			if n := platforms.FormatAll(platforms.Normalize(p)); !slices.Contains(all, n) {
				all = append(all, n)
			}
		}
	}
	return all
}

// checkPlatforms refuses platforms in normal form that Go does not have. The frontend does so too, but only after a daemon has been
// built and started.
func checkPlatforms(normal []string, mistakes *diag.List) {
	for _, s := range normal {
		if _, err := target.Parse(s); err != nil {
			flagMistake(mistakes, "platform", "%v", err)
		}
	}
}
