package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/moby/buildkit/client"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/session"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/safetext"
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

// decision says why a target is built, or that nothing of it has changed if why is "".
type decision struct{ name, why string }

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
	m.screen = newScreen(ctx, m.display)
	err = m.run(ctx)
	m.warn(env, m.screen.close())
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
		names = []string{"target"} // what is wrong with the flags is wrong with any
	} else if o.All || o.Pattern != "" {
		flagMistake(&mistakes, "target", "%s, and not all of a set", o.Source.Target).Help = "leave out --all and DIR/..., or --target"
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
	m.opt.Exports, m.opt.CacheExports = nil, nil
	for _, w := range m.warnings {
		m.said[w] = true
	}
	if o.Since != "" {
		m.since, err = openSince(o.Since, m.context, m.definition, buildArgs(m.opt.FrontendAttrs))
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

// checkMany refuses to give things of several targets one name.
func (o BuildOptions) checkMany(mistakes *diag.List) {
	const field = "{target}"
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
		if !strings.Contains(v, field) && !strings.Contains(v, "inline") {
			flagMistake(mistakes, "cache-to", "%q is one place for several caches", v).Help = "put {target} into it, as in --cache-to ghcr.io/me/{target}:cache"
		}
	}
}

// newBuild prepares the build of one target. Its error lists all mistakes.
func (m *many) newBuild(ctx context.Context, name string) (*build, error) {
	o, env := m.options, m.env
	o.Source.Target = name
	var mistakes diag.List
	target := strings.ReplaceAll(frontend.ConfigTarget(name), "/", "-")
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

// choose gives the names of the targets to build.
func (m *many) choose(ctx context.Context, c gateway.Client, list gateway.BuildFunc) ([]string, error) {
	if names := m.options.named(); len(names) > 0 {
		return names, nil
	}
	res, err := list(ctx, c)
	if err != nil {
		return nil, err
	}
	var all frontend.Targets
	if err := json.Unmarshal(res.Metadata["result.json"], &all); err != nil {
		return nil, fmt.Errorf("decoding the list of targets: %w", err)
	}
	var names []string
	for _, t := range all.Targets {
		if t.Default && t.Main == "" && len(all.Targets) > 1 {
			continue // it is what the targets have in common, and no program
		}
		if m.options.All || m.options.Pattern == "" || matchesMain(m.options.Pattern, t.Main) {
			names = append(names, t.Name)
		}
	}
	if len(names) == 0 {
		e := &diag.Error{Msg: fmt.Sprintf("no target has a main package that matches %s", m.options.Pattern)}
		for _, t := range all.Targets {
			e.Help += ", " + t.Name + " is " + t.Main
		}
		e.Help = strings.TrimPrefix(e.Help, ", ")
		return nil, e
	}
	return names, nil
}

// changed leaves out the targets of which nothing has changed. One that cannot be looked at is built: that says what is wrong.
func (m *many) changed(ctx context.Context, c gateway.Client, ask gateway.BuildFunc, names []string) ([]string, error) {
	all, known := make([]frontend.Inputs, len(names)), make([]bool, len(names))
	for i, name := range names {
		res, err := ask(ctx, withOptions{c, map[string]string{"requestid": frontend.InputsRequest, "target": name}})
		if ctx.Err() != nil {
			return nil, err
		}
		known[i] = err == nil && json.Unmarshal(res.Metadata["result.json"], &all[i]) == nil
	}
	if err := m.since.compare(all); err != nil {
		return nil, err
	}
	var built []string
	for i, name := range names {
		why := "what it is made of cannot be found out"
		if known[i] {
			why = m.since.why(name, all[i])
		}
		m.decided = append(m.decided, decision{name, why})
		if why != "" {
			built = append(built, name)
		}
	}
	return built, nil
}

// withOptions is a client with other options of the build.
type withOptions struct {
	gateway.Client
	options map[string]string
}

// BuildOpts gives the options.
func (c withOptions) BuildOpts() gateway.BuildOpts {
	opts := c.Client.BuildOpts()
	opts.Opts = maps.Clone(opts.Opts)
	maps.Copy(opts.Opts, c.options)
	return opts
}

// matchesMain tells whether a main package is of a pattern such as ./cmd/..., as for the go command.
func matchesMain(pattern, main string) bool {
	dir, ok := strings.CutSuffix(pattern, "/...")
	return ok && (dir == "." || main == dir || strings.HasPrefix(main, dir+"/"))
}

// buildAll builds the targets, each for itself: one that fails ends no other.
func (m *many) buildAll(ctx context.Context, frontend asked, names []string, shared *session.Session) error {
	var all []*oneOfMany
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
		if b.sharesSession() {
			b.opt.SharedSession, b.opt.SessionPreInitialized = shared, true
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
	res, err := recovered(a.build)(ctx, withOptions{a.client, options})
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

// finish tells what became of each target: in full what is wrong, then a line for each.
func (m *many) finish(ctx context.Context) error {
	stderr := m.env.Stderr
	if exit := exitError(ctx, ExitFailed, nil); exit.Code == ExitInterrupted {
		return exit
	}
	for _, w := range m.late {
		Warn(stderr, w)
	}
	for _, t := range m.targets {
		if t.err != nil {
			fmt.Fprintf(stderr, "target %s:\n", safetext.Line(t.name))
			Report(stderr, t.err)
		}
	}
	if m.speaks() {
		m.summarize(stderr)
	}
	if err := m.writeResults(); err != nil {
		return exitError(ctx, ExitFailed, err)
	}
	return m.failed(ctx)
}

// summarize has a line for each target, and more where it made several things.
func (m *many) summarize(to io.Writer) {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, d := range m.decided {
		said := "is built: " + d.why
		if d.why == "" {
			said = "left out: nothing of it has changed since " + m.options.Since
		}
		fmt.Fprintf(w, "%s\t%s\n", safetext.Line(d.name), safetext.Line(said))
	}
	for _, t := range m.targets {
		lines := []string{"failed"}
		if t.err == nil {
			lines = t.made()
		}
		for _, line := range lines {
			fmt.Fprintf(w, "%s\t%s\n", safetext.Line(t.name), safetext.Line(line))
		}
	}
	_ = w.Flush()
}

// made says what a build has made: the programs, and what became of them.
func (t *oneOfMany) made() []string {
	var lines []string
	if programs := strings.TrimSpace(t.result.response[frontend.InlineMessage]); programs != "" {
		lines = strings.Split(programs, "\n")
	}
	return append(lines, summary(t.outputs, t.result.response)...)
}

// writeResults tells programs what was made.
func (m *many) writeResults() error {
	var made []targetResult
	for _, t := range m.targets {
		if t.err == nil {
			made = append(made, targetResult{name: t.name, outputs: t.outputs, response: t.result.response})
		}
	}
	if len(made) == 0 {
		return nil
	}
	return m.options.Output.hand(m.env.Stdout, made)
}

// failed names the targets that failed. The code is that of mistakes in the configuration if there is nothing else.
func (m *many) failed(ctx context.Context) error {
	code := ExitUsage
	var names []string
	for _, t := range m.targets {
		if t.err == nil {
			continue
		}
		names = append(names, t.name)
		if exit, ok := errors.AsType[*ExitError](t.err); !ok || exit.Code != ExitUsage {
			code = ExitFailed
		}
	}
	if len(names) == 0 {
		return nil
	}
	return exitError(ctx, code, fmt.Errorf("%d of %d targets failed: %s", len(names), len(m.targets), strings.Join(names, ", ")))
}
