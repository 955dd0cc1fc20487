package cli

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"slices"
	"strings"

	"github.com/moby/buildkit/client"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/session"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/defaults"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/errgroup"
)

// maxSideBySide bounds the builds that run at the same time. The steps that compile take turns by themselves.
const maxSideBySide = 16

// isMany tells whether several targets may be meant.
func (o BuildOptions) isMany() bool {
	return o.All || o.Pattern != "" || o.Since != "" || strings.Contains(o.Source.Target, ",")
}

// many builds several targets, side by side in one session.
type many struct {
	*job
	options BuildOptions
	env     Env
	daemon  *Daemon
	screen  *screen
	// targets are those that are built, in their order.
	targets []*oneOfMany
	// said are the warnings that were printed, late those that are to be when the display has ended.
	said map[string]bool
	late []string
	// since is the comparison of --since, nil without it; decided is what it said of each target.
	since   *since
	decided []decision
	// stdin is what standard input has, if the configuration is there.
	stdin []byte
}

// oneOfMany is one of the builds, and what became of it.
type oneOfMany struct {
	name string
	*build
	result *solved
	err    error
}

// buildMany builds each target that the options name. The error is an [*ExitError]; what failed has been printed by then.
func buildMany(ctx context.Context, env Env, o BuildOptions) error {
	m, err := newMany(ctx, env, o)
	if err != nil {
		return exitError(ctx, ExitUsage, err)
	}
	if m.daemon, err = m.start(ctx, m.env); err != nil {
		return err
	}
	defer m.daemon.Close()
	defer m.discard()
	if m.since != nil {
		defer m.since.close()
	}
	m.screen = newScreen(ctx, m.display, m.stats)
	m.env = m.screen.beside(env)
	err = m.run(ctx)
	m.warn(env, m.screen.close())
	m.env = env
	if err != nil && len(m.targets) == 0 {
		return err
	}
	return m.finish(ctx)
}

// newMany looks at everything that can be wrong before a daemon is looked for.
func newMany(ctx context.Context, env Env, o BuildOptions) (*many, error) {
	var mistakes diag.List
	m := &many{options: o, env: env, said: map[string]bool{}}
	if o.Source.File == "-" { // each build reads it
		text, err := io.ReadAll(io.LimitReader(env.Stdin, maxConfig+1))
		if err != nil {
			flagMistake(&mistakes, "file", "reading standard input: %v", err)
		}
		m.stdin = text
	}
	names := o.named()
	if len(names) == 0 {
		names = []string{defaults.Target} // what is wrong with the flags is wrong with any
	} else if o.All || o.Pattern != "" {
		flagMistake(&mistakes, "target", "%s, and not all of a set", o.Source.Target).Help = "leave out --all and DIR/..., or --target"
	}
	if len(o.named()) == 0 && o.Source.Target != "" {
		flagMistake(&mistakes, "target", "%q names none", o.Source.Target).Help = "write --all for every target"
	}
	o.checkMany(&mistakes)
	if err := mistakes.Err(); err != nil {
		return nil, err
	}
	sample, err := m.newBuild(ctx, names[0])
	if err != nil {
		return nil, err
	}
	m.job = sample.job
	delete(m.opt.FrontendAttrs, "target")
	if len(o.Source.Platforms) == 0 {
		delete(m.opt.FrontendAttrs, "platform") // those of the first target are not those of the others
	}
	m.opt.Exports, m.opt.CacheExports = nil, nil
	for _, w := range m.warnings {
		m.said[w] = true
	}
	if o.Since != "" && m.remote != nil {
		flagMistake(&mistakes, "since", "BuildKit fetches %s, and it is a folder that is compared", m.remote.address).Help = "build a clone of it"
		return nil, mistakes.Err()
	}
	if o.Since != "" {
		m.since, err = openSince(string(o.Since), m.context, m.definition, buildArgs(m.opt.FrontendAttrs))
	}
	return m, err
}

// named are the targets of --target.
func (o BuildOptions) named() []string {
	var names []string
	for name := range strings.SplitSeq(o.Source.Target, ",") {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// fieldTarget is what {target} is for a target: what it gives beside an image has no part in it.
func fieldTarget(name string) string { return cmp.Or(frontend.ConfigTarget(name), name) }

// checkMany refuses to give things of several targets one name.
func (o BuildOptions) checkMany(mistakes *diag.List) {
	const field = "{target}"
	first := map[string]string{}
	for _, name := range o.named() {
		value := fieldTarget(name)
		if other := first[value]; other != "" {
			flagMistake(mistakes, "target", "%s and %s are both {target} %s", other, name, value).Help = "give each a command of its own"
		}
		first[value] = name
	}
	for _, tag := range o.Output.Tags {
		if !strings.Contains(tag, field) && !strings.Contains(tag, "{program}") {
			flagMistake(mistakes, "tag", "%q is one name for several images", tag).Help = "put {target} into it, as in -t ghcr.io/me/{target}:{version}"
		}
	}
	for _, v := range o.Output.Outputs {
		if out, err := parseOutput(v); err == nil && out.dest != "" && !strings.Contains(out.dest, field) {
			m := flagMistake(mistakes, "output", "%q is one place for several targets", v)
			m.Help = "put {target} into it, as in -o dist/{target}"
		}
	}
	for _, v := range o.Cache.CacheTo {
		if !strings.Contains(v, field) && !slices.Contains(strings.Split(v, ","), "type=inline") {
			flagMistake(mistakes, "cache-to", "%q is one place for several caches", v).Help = "put {target} into it, as in --cache-to ghcr.io/me/{target}:cache"
		}
	}
}

// newBuild prepares the build of one target. Its error lists all mistakes.
func (m *many) newBuild(ctx context.Context, name string) (*build, error) {
	o, env := m.options, m.env
	o.Source.Target = name
	var mistakes diag.List
	target := fieldTarget(name)
	expand := func(flag string, values []string) []string {
		all := slices.Clone(values)
		for i, v := range all {
			text, mistake := expandTarget(flag, v, target)
			if mistake != nil {
				mistakes = append(mistakes, mistake)
			}
			all[i] = text
		}
		return all
	}
	o.Output.Outputs = expand("output", o.Output.Outputs)
	o.Cache.CacheTo = expand("cache-to", o.Cache.CacheTo)
	o.Cache.CacheFrom = expand("cache-from", o.Cache.CacheFrom)
	if err := mistakes.Err(); err != nil {
		return nil, err
	}
	if o.Source.File == "-" {
		env.Stdin = bytes.NewReader(m.stdin)
	}
	return newBuild(ctx, env, o)
}

// run builds in a session that all targets share: its keeper is a build of its own, that lists the targets and ends last.
func (m *many) run(ctx context.Context) error {
	keeper := *m.job
	var err error
	if keeper.opt.SharedSession, err = session.NewSession(ctx, m.opt.SharedKey); err != nil {
		return exitError(ctx, ExitNoBuildKit, err)
	}
	keeper.opt.Internal = true // it is none in the history of builds
	keeper.opt.FrontendAttrs["requestid"] = frontend.TargetsRequest
	env, list := m.env, m.env.Frontend
	env.Frontend = func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		names, err := m.choose(ctx, c, list)
		if err == nil && m.since != nil {
			names, err = m.changed(ctx, c, list, names)
		}
		if err != nil {
			return nil, err
		}
		return gateway.NewResult(), m.buildAll(ctx, asked{c, list}, names, keeper.opt.SharedSession)
	}
	_, err = keeper.solveOn(ctx, env, m.daemon.Client, m.screen, "")
	return err
}

// buildAll builds the targets, each for itself: one that fails ends no other.
func (m *many) buildAll(ctx context.Context, frontend asked, names []string, shared *session.Session) (err error) {
	var all []*oneOfMany
	defer func() {
		if m.targets == nil { // or who ends the builds does
			for _, t := range all {
				t.discard()
			}
		}
	}()
	for _, name := range names {
		b, err := m.newBuild(ctx, name)
		if err != nil {
			return err
		}
		all = append(all, &oneOfMany{name: name, build: b})
		m.sayOnce(b.warnings)
		b.program, b.workers = m.program, m.workers
		if err := b.useDaemon(ctx, m.daemon); err != nil {
			return err
		}
		if err := b.deliver(ctx, m.env, m.daemon, func(w string) { m.sayOnce([]string{w}) }); err != nil {
			return err
		}
		if b.context == m.context && b.sharesSession() {
			b.opt.SharedSession, b.opt.SessionPreInitialized = shared, true
			b.registries = m.registries // the daemon asks the session
		}
	}
	m.targets = all
	var eg errgroup.Group
	slots := make(chan struct{}, maxSideBySide)
	for _, t := range all {
		eg.Go(func() error {
			slots <- struct{}{}
			defer func() { <-slots }()
			t.err = t.run(ctx, m, frontend)
			return nil
		})
	}
	return eg.Wait()
}

// sayOnce prints the warnings that are not printed yet.
func (m *many) sayOnce(warnings []string) {
	for _, w := range warnings {
		if !m.said[w] {
			m.said[w] = true
			m.late = append(m.late, w)
		}
	}
}

// sharesSession tells whether a build needs nothing of its own from this process: files that are written here come over the session, by
// no more than the number of the output.
func (b *build) sharesSession() bool {
	local := func(c client.CacheOptionsEntry) bool { return c.Type == "local" }
	return !slices.ContainsFunc(b.outputs, func(out output) bool { return out.Type != client.ExporterImage }) &&
		!slices.ContainsFunc(b.opt.CacheImports, local) && !slices.ContainsFunc(b.opt.CacheExports, local)
}

// asked is a frontend in the session that all share.
type asked struct {
	client gateway.Client
	build  gateway.BuildFunc
}

// names has the frontend say what the image of a target is called, where templates do.
func (a asked) names(ctx context.Context, t *oneOfMany) error {
	options := t.nameOptions()
	if options == nil {
		return nil
	}
	options["target"] = t.name
	res, err := recovered(a.build)(ctx, withOptions(a.client, options))
	if err != nil {
		return err
	}
	return t.takeNames(res.Metadata["result.json"])
}

// run builds one target.
func (t *oneOfMany) run(ctx context.Context, m *many, frontend asked) (err error) {
	defer errgroup.Recover(&err)
	if err := t.makeFolders(); err != nil {
		return exitError(ctx, ExitFailed, err)
	}
	if err := frontend.names(ctx, t); err != nil {
		return buildError(ctx, err, err)
	}
	if t.result, err = t.solveOn(ctx, m.env, m.daemon.Client, m.screen, t.name); err != nil {
		return err
	}
	if err := t.commit(ctx); err != nil {
		return exitError(ctx, ExitFailed, err)
	}
	return nil
}

func (m *many) discard() {
	for _, t := range m.targets {
		t.discard()
	}
}
