package frontend

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"

	"github.com/modship-build/modship/internal/buildarg"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/project"
	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/target"
	"github.com/modship-build/modship/internal/vcs"
)

// options is what the caller of the build says, parsed once. What dockerui parses is left to it.
type options struct {
	// build is the platform that steps run on, targets those that images are for.
	build   target.Target
	targets []target.Target
	// multi says that the result is an index, also for one platform.
	multi bool

	args buildarg.Values

	// golang is the exact version of Go, "" if the user's files choose it.
	golang string

	// plan says that the plan is all that is asked for.
	plan bool
	// request is what is asked for in place of a build, one of modship's own; else "".
	request string
	// context is the build context as typed: "" for a local one.
	context string
	// said is what the client says of the commit.
	said vcs.Facts
	// folder is that of the context which the user has named, where the client has taken a folder above it as the context; else "".
	folder string
	// pkg is the main package that the user has named by its folder, "./cmd/app", or "".
	pkg string
	// configPath is where in its checkout the configuration is, or "".
	configPath string
	// names are templates for the names of the image, in place of those of the exporters.
	names []string
	// repository is where the client has sent the repository, or nil.
	repository *sentRepository
}

// OptionGo has the exact version of Go to build with, whatever the user's files say: that of an image that is built again.
const OptionGo = "modship:go"

// OptionNames has templates for the names of the image, see package imagename, with commas between, for [NamesRequest].
const OptionNames = "modship:names"

// OptionFolder has the folder of the context that the user has named, where the client has taken one above it: paths of the configuration
// count from there, and the module is there.
const OptionFolder = "modship:folder"

// OptionMain has the main package that the user has named by its folder, as in "./cmd/app", counted from [OptionFolder].
const OptionMain = "modship:main"

// sentRepository is the local source [vcs.Local]: the folder that holds .git.
type sentRepository struct {
	// prefix is the folder of the context in the checkout, or base that of the checkout in the context; folder is the git folder below .git, see
	// [vcs.OptionFolder].
	prefix, base, folder string
	// submodules are folders of the context, see [vcs.OptionSubmodules].
	submodules []string
}

// parseOptions reads every option that dockerui leaves to us. It reports all mistakes at once.
func parseOptions(ui *dockerui.Client) (options, error) {
	raw := ui.BuildOpts().Opts
	o := options{multi: ui.MultiPlatformRequested, plan: raw["requestid"] == PlanRequest, request: raw["requestid"], context: raw["context"], said: vcs.FromOptions(raw)}
	if dir := raw[OptionFolder]; fs.ValidPath(dir) && dir != "." {
		o.folder = dir
	}
	if rest, ok := strings.CutPrefix(raw[OptionMain], "./"); ok && fs.ValidPath(rest) {
		o.pkg = raw[OptionMain]
	}
	o.configPath = vcs.ConfigPath(raw)
	if prefix, ok := raw[vcs.OptionPrefix]; ok {
		o.repository = &sentRepository{prefix: prefix, folder: raw[vcs.OptionFolder]}
		if base := raw[vcs.OptionBase]; fs.ValidPath(base) && base != "." {
			o.repository.base = base
		}
		for sub := range strings.SplitSeq(raw[vcs.OptionSubmodules], "\n") {
			if fs.ValidPath(sub) && sub != "." {
				o.repository.submodules = append(o.repository.submodules, sub)
			}
		}
	}
	if names := raw[OptionNames]; names != "" {
		o.names = strings.Split(names, ",")
	}
	var argErr, goErr error
	o.args, argErr = buildarg.Parse(ui.BuildArgs)
	warnOfRecord(argErr)
	if asked := raw[OptionGo]; asked != "" {
		o.golang, goErr = config.GoVersion(asked)
	}
	mistakes := []error{argErr, goErr, o.setPlatforms(ui), o.checkImages(ui.Target), config.CheckLabels(ui.Labels)}
	mistakes = append(mistakes, checkStages(raw["no-cache"])...)
	return o, errors.Join(mistakes...)
}

// warnOfRecord says of passwords in arguments that BuildKit has them already: it keeps the arguments of builds that fail as well.
// `modship build` takes them out before.
func warnOfRecord(err error) {
	for _, m := range diag.All(err) {
		if m.Msg == buildarg.ErrUserinfo.Error() {
			m.Help += "; the record of this build has it by now, which docker buildx history rm removes"
		}
	}
}

// proxy are the settings for the steps that download. Go's client and apt do not know [buildarg.AllProxy].
func (o options) proxy() llb.ProxyEnv {
	p := o.args.Proxy
	return llb.ProxyEnv{
		HTTPProxy:  cmp.Or(p[buildarg.HTTPProxy], p[buildarg.AllProxy]),
		HTTPSProxy: cmp.Or(p[buildarg.HTTPSProxy], p[buildarg.AllProxy]),
		AllProxy:   p[buildarg.AllProxy], NoProxy: p[buildarg.NoProxy],
	}
}

// checkStages refuses names that --no-cache-filter would ignore: what was to run again would come from the cache.
func checkStages(filter string) []error {
	var known []string
	for _, s := range request.Stages() {
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
	o.targets, err = project.Platforms(ui.TargetPlatforms, target.PortFromOCI)
	return err
}

// checkImages refuses to make images for systems that there are no images for. A --target that there is not is a mistake of its own.
func (o *options) checkImages(name string) error {
	out, _, err := chooseOutput(name)
	if err != nil || out.foreign {
		return nil
	}
	var mistakes diag.List
	for _, t := range o.targets {
		if !t.IsLinux() {
			mistakes.Addf(diag.Range{}, "--platform: images are made for linux only, not for %s", t).Help =
				"--target binaries with -o DIR gives the program as a file, for every system that Go builds for without C"
		}
	}
	return mistakes.Err()
}
