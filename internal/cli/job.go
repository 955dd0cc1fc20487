package cli

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/util/progress/progressui"
	"github.com/tonistiigi/fsutil"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/safetext"
	"github.com/modship-build/modship/internal/stepprogram"
	"github.com/modship-build/modship/internal/vcs"
)

// JobOptions are the flags of every command that BuildKit works for.
type JobOptions struct {
	Source   SourceOptions
	Secrets  SecretOptions
	Contexts ContextOptions
	Policy   PolicyOptions
	Daemon   DaemonOptions
}

// job is work for BuildKit that has no mistakes as far as the client can see.
type job struct {
	opt client.SolveOpt
	// remote is what is built, where BuildKit fetches it; else nil.
	remote *remotePlace
	// context is the folder that is sent.
	context string
	// words say what was taken as the context, where that is not what the user has named.
	words      string
	daemon     DaemonOptions
	definition definition
	display    progressui.Display
	workers    []*client.WorkerInfo
	mode       progressui.DisplayMode
	// stats are of all that BuildKit does for the command.
	stats    *stats
	warnings []string
	// program is what the daemon runs in steps; nil before there is one.
	program fsutil.FS
	// origins are the settings of Go that are the machine's and nobody's flags.
	origins map[string]goSetting
	// logins are what stood in addresses of build arguments.
	logins *logins
	// registries are the passwords that the daemon may ask for; nil if it may not.
	registries *registries
}

// inputs is what the solve needs from the machine besides the flags.
type inputs struct {
	place      localPlace
	remote     *remotePlace // nil if there is a place
	context    fsutil.FS
	repository *repository // nil if there is none
	sharedKey  string
	definition definition
	unread     string            // what is to be said of an ignore file without effect
	args       map[string]string // build arguments that the machine implies
	lookupEnv  func(string) (string, bool)
	logins     *logins
}

// newJob looks at everything before a daemon is looked for. All mistakes are listed as [diag.Error]s.
func newJob(ctx context.Context, env Env, o JobOptions, quiet bool, mistakes *diag.List) *job {
	var l *logins
	if !o.Secrets.withoutRegistries { // what others say is built without the secrets of this machine
		l = &logins{}
	}
	args, origins, warnings := defaultArgs(ctx, env, o.Source.BuildArgs, l, mistakes)
	var hosts *hostLogins
	if !o.Secrets.withoutRegistries && !o.Secrets.withoutHosts {
		var refused []string
		hosts, refused = findLogins(origins[goAuth].value, env.LookupEnv)
		warnings = append(warnings, refused...)
	}
	in := inputs{args: args, lookupEnv: env.LookupEnv, logins: l}
	problem := in.find(env, o, mistakes)
	for _, w := range []string{problem, in.unread} {
		if w != "" {
			warnings = append(warnings, w)
		}
	}
	j := &job{context: in.place.context, words: in.place.words, remote: in.remote, daemon: o.Daemon, mode: o.Daemon.mode(quiet, env.LookupEnv), stats: newStats(), origins: origins, logins: l, definition: in.definition}
	if in.remote != nil {
		o.Secrets.repository = in.remote.address
	}
	o.Secrets.checkBare(o.Contexts, mistakes)
	o.Daemon.check(mistakes)
	j.warnings = slices.Concat(warnings, o.Secrets.unused())
	j.opt = o.solveOpt(in, mistakes)
	j.opt.SourcePolicy = o.Policy.read(env.LookupEnv, mistakes)
	if !o.Secrets.withoutRegistries {
		j.registries = newRegistries(env.Stderr)
	}
	j.opt.Session, warnings = o.Secrets.attachables(env, j.registries, l, hosts, mistakes)
	j.warnings = append(j.warnings, warnings...)
	var err error
	if j.display, err = progressui.NewDisplay(env.Stderr, j.mode); err != nil {
		flagMistake(mistakes, "progress", "%v", err)
	}
	return j
}

// find opens the folder that is built, with its configuration and the repository that it is in. What is fetched by BuildKit has a
// configuration here only if the user names one. problem says what is wrong with the repository.
func (in *inputs) find(env Env, options JobOptions, mistakes *diag.List) (problem string) {
	o := options.Source
	if wrong := loginIn(o.Dir); wrong != nil {
		*mistakes = append(*mistakes, wrong)
		in.context, in.definition = files{}, noConfig()
		return ""
	}
	if o.remote {
		in.sharedKey = sharedKey(env.Hostname, o.Dir)
		in.context, in.definition = files{}, noConfig()
		if o.File != "" {
			in.definition = chooseDefinition(".", o.File, env.Stdin, mistakes)
		}
		return ""
	}
	if remote, ok := remoteOf(o.Dir); ok && o.place.context == "" {
		in.remote, in.sharedKey, in.context, in.definition = remote, sharedKey(env.Hostname, o.Dir), files{}, noConfig()
		remote.noWork, remote.given = o.workspaceOff(in.args, env.LookupEnv), options.Contexts.stand
		remote.config = func(d definition) *config.Config { return d.config(o.Target, o.args(in.args, env.LookupEnv)) }
		if remote.local = o.File == "-"; remote.local {
			in.definition = chooseDefinition(".", o.File, env.Stdin, mistakes)
			remote.own = in.definition
		} else {
			remote.file = filepath.ToSlash(o.File)
		}
		return ""
	}
	if in.place = o.place; in.place.context == "" {
		in.place = locate(o.Dir, o.workspaceOff(in.args, env.LookupEnv), options.Contexts.stand)
	}
	in.definition = in.place.definition(o.File, env.Stdin, mistakes)
	if o.place.context == "" {
		in.place = in.place.configured(in.definition.config(o.Target, o.args(in.args, env.LookupEnv)))
		in.unread = in.place.unreadIgnore(in.definition)
	}
	refuseIrregular(filepath.Join(in.place.context, dockerui.DefaultDockerignoreName), mistakes)
	in.sharedKey = sharedKey(env.Hostname, in.place.context)
	in.repository, problem = findRepository(in.place, gitUser(env.LookupEnv))
	in.context = openContext(in.place.context, mistakes)
	return problem
}

// knowsConfig tells whether the configuration is here.
func (j *job) knowsConfig() bool { return j.remote == nil || j.remote.local }

// solveOpt maps the flags to the request. It reads no more of the machine than what the values of --build-context name.
func (o JobOptions) solveOpt(in inputs, mistakes *diag.List) client.SolveOpt {
	named := o.Contexts.parse([]string{dockerui.DefaultLocalNameContext, dockerui.DefaultLocalNameDockerfile, frontend.StepLocal, vcs.Local}, mistakes)
	opt := client.SolveOpt{
		LocalMounts:   named.locals,
		OCIStores:     named.stores,
		SharedKey:     in.sharedKey,
		FrontendAttrs: o.Source.attrs(in.args, in.lookupEnv, in.logins, mistakes),
	}
	opt.FrontendAttrs["filename"] = in.definition.name
	maps.Copy(opt.FrontendAttrs, in.place.attrs())
	if own := in.definition.platforms(o.Source.Target, opt.FrontendAttrs); opt.FrontendAttrs["platform"] == "" && len(own) > 0 {
		opt.FrontendAttrs["platform"] = strings.Join(own, ",") // which decides about flags as well
	}
	if in.remote != nil {
		opt.FrontendAttrs[dockerui.DefaultLocalNameContext] = in.remote.address
	}
	maps.Copy(opt.FrontendAttrs, named.attrs)
	opt.LocalMounts[dockerui.DefaultLocalNameContext] = in.context
	opt.LocalMounts[dockerui.DefaultLocalNameDockerfile] = in.definition.files
	if in.repository != nil {
		opt.LocalMounts[vcs.Local] = in.repository.git
		in.repository.locate(in.definition)
		maps.Copy(opt.FrontendAttrs, in.repository.attrs)
	}
	return opt
}

// start finds a daemon that can do the job. The error is an [*ExitError]; without one the caller closes the daemon.
func (j *job) start(ctx context.Context, env Env) (*Daemon, error) {
	if j.words != "" && j.speaks() {
		fmt.Fprintln(env.Stderr, safetext.Line(j.words))
	}
	if j.mode != progressui.RawJSONMode {
		for _, w := range j.warnings {
			Warn(env.Stderr, w)
		}
	}
	daemon, workers, err := connect(ctx, env, j.daemon)
	if err != nil {
		return nil, exitError(ctx, connectCode(err), err)
	}
	if j.speaks() && daemon.Choice != "" {
		fmt.Fprintln(env.Stderr, safetext.Line(daemon.Choice))
	}
	j.workers = workers
	j.program, err = chooseStep(stepprogram.Find, env.Executable, workers)
	if err != nil {
		daemon.Close()
		return nil, exitError(ctx, ExitUsage, err)
	}
	if err := j.useDaemon(ctx, daemon); err != nil {
		daemon.Close()
		return nil, err
	}
	return daemon, nil
}

// useDaemon prepares the job for a daemon that fits its program. The error is an [*ExitError].
func (j *job) useDaemon(ctx context.Context, daemon *Daemon) error {
	j.opt.LocalMounts[frontend.StepLocal] = j.program
	if err := j.useStepProxy(ctx, daemon); err != nil {
		return exitError(ctx, ExitNoBuildKit, err)
	}
	return nil
}

// connectCode is the exit code for a BuildKit that there is not, or whose name is mistyped.
func connectCode(err error) int {
	if diag.Wrong(err) {
		return ExitUsage
	}
	return ExitNoBuildKit
}
