package frontend

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/target"
	graph "github.com/modship-build/modship/llb"
)

// options is what the caller of the build says, parsed once. What dockerui parses is left to it.
type options struct {
	// build is the platform that steps run on, targets those that images are for.
	build   target.Target
	targets []target.Target
	// multi says that the result is an index, also for one platform.
	multi bool

	// goEnv are Go's module settings as variables.
	goEnv map[string]string
	proxy llb.ProxyEnv
	// epoch is SOURCE_DATE_EPOCH, or nil.
	epoch *time.Time
	// args are the build arguments that modship itself gives no meaning; the configuration may declare them.
	args map[string]string
}

// buildArg is a build argument that modship understands. Arguments that start with BUILDKIT_ are BuildKit's own.
type buildArg struct {
	name string
	doc  string
	set  func(o *options, value string) error
}

// buildArgs is the one table of them; outline and docs are made from it.
var buildArgs = []buildArg{
	{"GOPROXY", "module proxies, as cmd/go takes them", goSetting("GOPROXY")},
	{"GOSUMDB", "checksum database, as cmd/go takes it", goSetting("GOSUMDB")},
	{"GONOSUMDB", "modules that the checksum database does not know", goSetting("GONOSUMDB")},
	{"GONOPROXY", "modules that no proxy serves", goSetting("GONOPROXY")},
	{"GOPRIVATE", "modules that neither proxies nor the checksum database know", goSetting("GOPRIVATE")},
	{"HTTP_PROXY", "proxy for http of the steps that download", proxyArg(func(p *llb.ProxyEnv) *string { return &p.HTTPProxy })},
	{"HTTPS_PROXY", "proxy for https of the steps that download", proxyArg(func(p *llb.ProxyEnv) *string { return &p.HTTPSProxy })},
	{"ALL_PROXY", "proxy of the steps that download", proxyArg(func(p *llb.ProxyEnv) *string { return &p.AllProxy })},
	{"NO_PROXY", "hosts that are reached without a proxy", proxyArg(func(p *llb.ProxyEnv) *string { return &p.NoProxy })},
	{"SOURCE_DATE_EPOCH", "time of the image, in seconds since 1970", setEpoch},
}

func goSetting(name string) func(*options, string) error {
	return func(o *options, v string) error { o.goEnv[name] = v; return nil }
}

func proxyArg(field func(*llb.ProxyEnv) *string) func(*options, string) error {
	return func(o *options, v string) error { *field(&o.proxy) = v; return nil }
}

// maxEpoch is the last second that RFC 3339, and so an image configuration, can say: the end of the year 9999.
const maxEpoch = 253402300799

func setEpoch(o *options, v string) error {
	seconds, err := strconv.ParseInt(v, 10, 64)
	if err != nil || seconds < 0 || seconds > maxEpoch {
		return fmt.Errorf("want a number of seconds since 1970, got %q", v)
	}
	t := time.Unix(seconds, 0).UTC()
	o.epoch = &t
	return nil
}

// parseOptions reads every option that dockerui leaves to us. It reports all mistakes at once.
func parseOptions(ui *dockerui.Client) (options, error) {
	o := options{multi: ui.MultiPlatformRequested, goEnv: map[string]string{}, args: map[string]string{}}
	var mistakes []error
	for _, name := range slices.Sorted(maps.Keys(ui.BuildArgs)) {
		value := ui.BuildArgs[name]
		if err := o.setArg(name, value); err != nil {
			mistakes = append(mistakes, fmt.Errorf("build argument %s: %w", name, err))
		}
	}
	if err := o.setPlatforms(ui); err != nil {
		mistakes = append(mistakes, err)
	}
	mistakes = append(mistakes, checkStages(ui.BuildOpts().Opts["no-cache"])...)
	return o, errors.Join(mistakes...)
}

// checkStages refuses names that --no-cache-filter would ignore: what was to run again would come from the cache.
func checkStages(filter string) []error {
	var known []string
	for _, s := range graph.Stages() {
		known = append(known, string(s))
	}
	var mistakes []error
	for name := range strings.SplitSeq(filter, ",") {
		if name == "" || slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, name) }) {
			continue
		}
		hint := diag.Suggest(name, known)
		if hint == "" {
			hint = "stages are " + strings.Join(known, ", ")
		}
		mistakes = append(mistakes, &diag.Error{Msg: fmt.Sprintf("--no-cache-filter: there is no stage %q", name), Help: hint})
	}
	return mistakes
}

func (o *options) setArg(name, value string) error {
	for _, arg := range buildArgs {
		if arg.name != name && !(isProxy(arg.name) && strings.EqualFold(arg.name, name)) {
			continue
		}
		if value == "" {
			return nil // as cmd/go takes an empty variable: it is not set
		}
		return arg.set(o, value)
	}
	if !strings.HasPrefix(name, "BUILDKIT_") {
		o.args[name] = value
	}
	return nil
}

// isProxy tells the variables that are known in lower case as well.
func isProxy(name string) bool { return strings.HasSuffix(name, "_PROXY") }

// setPlatforms turns BuildKit's platforms into targets. Without --platform the image is for the machine that builds it.
func (o *options) setPlatforms(ui *dockerui.Client) error {
	var err error
	if o.build, err = target.FromOCI(ui.BuildPlatforms[0]); err != nil {
		return fmt.Errorf("reading the platform of the BuildKit worker: %w", err)
	}
	if len(ui.TargetPlatforms) == 0 {
		o.targets = []target.Target{o.build}
		return nil
	}
	var mistakes []error
	for _, p := range ui.TargetPlatforms {
		t, err := target.FromOCI(p)
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("--platform: %w", err))
			continue
		}
		o.targets = append(o.targets, t)
	}
	o.targets = target.Dedupe(o.targets)
	return errors.Join(mistakes...)
}
