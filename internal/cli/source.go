package cli

import (
	"maps"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/spf13/pflag"

	"github.com/modship-build/modship/internal/buildarg"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/target"
)

// SourceOptions are the flags that say which image is meant. As those of [BuildOptions] they have the syntax of the flags of their names
// of `docker buildx build`, but for what a comment says.
type SourceOptions struct {
	Dir       string // the argument: the folder to build
	File      string // configuration file, relative to the working directory; "-" is standard input
	Platforms []string
	Target    string
	BuildArgs []string // KEY=VAL, or KEY from the environment
	Labels    []string
	// remote says that there is no folder: the context is an option of its own.
	remote bool
	// place is what is built where that is known, in place of what is found by Dir.
	place localPlace
}

func (o *SourceOptions) addFlags(f *pflag.FlagSet) {
	f.StringVarP(&o.File, "file", "f", "", "configuration `FILE`, relative to the working directory; - is standard input")
	f.StringSliceVar(&o.Platforms, "platform", nil, "target `PLATFORM`s, as in linux/amd64,linux/arm64 (default: those of the configuration, else BuildKit's own)")
	f.StringVar(&o.Target, "target", "", "`NAME` of an image of the configuration")
	f.StringArrayVar(&o.BuildArgs, "build-arg", nil, "argument `KEY=VALUE` of the configuration; KEY alone takes it from the environment")
	f.StringArrayVar(&o.Labels, "label", nil, "label `KEY=VALUE` of the image")
}

// attrs returns the options of the frontend, under the keys that buildx uses. defaults are build arguments that the
// user's own go before.
func (o SourceOptions) attrs(defaults map[string]string, lookup func(string) (string, bool), l *logins, mistakes *diag.List) map[string]string {
	attrs := map[string]string{}
	for k, v := range defaults {
		attrs["build-arg:"+k] = v
	}
	args := parseKeyValues("build-arg", o.BuildArgs, lookup, mistakes)
	for _, k := range slices.Sorted(maps.Keys(args)) {
		bare, err := l.takeOut(k, args[k])
		if err != nil {
			flagMistake(mistakes, "build-arg", "%s: %v", k, err).Help = takeOutHelp(k, err)
			delete(args, k)
			continue
		}
		args[k] = bare
	}
	checkArgs(args, mistakes)
	for k, v := range args {
		attrs["build-arg:"+k] = v
	}
	for k, v := range parseKeyValues("label", o.Labels, emptyValue, mistakes) {
		attrs["label:"+k] = v
	}
	if o.Target != "" {
		attrs["target"] = o.Target
	}
	if p := parsePlatforms(o.Platforms, mistakes); len(p) > 0 {
		checkPlatforms(p, mistakes)
		attrs["platform"] = strings.Join(p, ",")
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
		if _, err := target.ParsePort(s); err != nil {
			flagMistake(mistakes, "platform", "%v", err)
		}
	}
}
