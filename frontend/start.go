package frontend

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	gateway "github.com/moby/buildkit/frontend/gateway/client"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/errgroup"
	"github.com/modship-build/modship/internal/image"
	"github.com/modship-build/modship/internal/plan"
	"github.com/modship-build/modship/internal/reffs"
	"github.com/modship-build/modship/internal/startable"
	"github.com/modship-build/modship/internal/target"
)

// start is a program that an image must be able to start.
type start struct {
	// name is its path or what is looked for in PATH, what it is to the image, and key where the configuration says so.
	name, what, key string
}

// checkStart proves of the programs that an image starts that they are there and find their loader, their libraries or their
// interpreter in it, in versions and for the machine that fit, and that the user of the image may use them.
func (b *builder) checkStart(ctx context.Context, in *input, p *plan.Plan, done built) error {
	eg, ctx := errgroup.WithContext(ctx)
	for i, ref := range done.refs {
		t := p.Images[i].Target
		config, err := image.Config(p, p.Images[i], b.imageOptions(in, t, done.programs[i][0]))
		if err != nil {
			return fmt.Errorf("making the image configuration for %s: %w", t, err)
		}
		env, err := imageEnv(config)
		if err != nil {
			return err
		}
		user := &startable.User{UID: p.Runtime.UID, GID: p.Runtime.GID, Owner: reffs.Owner}
		var static []bool
		for _, built := range done.programs[i] {
			static = append(static, built.facts.Static)
		}
		for _, s := range starts(p, static...) {
			eg.Go(func() error { return s.check(ctx, in, ref, t, user, env) })
		}
	}
	return eg.Wait()
}

// starts lists what has to start: each program, unless it is static on scratch, where the build has seen it and it needs nothing more,
// and the command of the image if that is another.
func starts(p *plan.Plan, static ...bool) []start {
	var all []start
	var programs []string
	for i, m := range p.Programs() {
		program, what := "/"+p.PathOf(m), "program"
		if len(p.Beside) > 0 {
			what += " " + m.Name
		}
		if !static[i] || p.Runtime.Base != "" {
			all = append(all, start{name: program, what: what, key: "image.base"})
		}
		programs = append(programs, program)
	}
	if test := p.Runtime.Healthcheck.Words(); len(test) > 0 && !slices.Contains(programs, test[0]) {
		all = append(all, start{name: inWorkdir(p, test[0]), what: "health check", key: "image.healthcheck.test[0]"})
	}
	command := start{what: "entrypoint", key: "image.entrypoint[0]"}
	words := p.Runtime.Entrypoint
	if len(words) == 0 {
		command = start{what: "command", key: "image.cmd[0]"}
		words = p.Runtime.Cmd
	}
	if len(words) == 0 || slices.Contains(programs, words[0]) {
		return all
	}
	command.name = inWorkdir(p, words[0])
	return append(all, command)
}

// inWorkdir gives the path of a program that is named relative to the working directory.
func inWorkdir(p *plan.Plan, name string) string {
	if strings.Contains(name, "/") && !path.IsAbs(name) {
		// Not path.Join, which would take ".." before links.
		return path.Clean("/"+p.Runtime.Workdir) + "/" + name
	}
	return name
}

func (s start) check(ctx context.Context, in *input, ref gateway.Reference, t target.Target, user *startable.User, env []string) error {
	report, err := startable.CheckAs(user, reffs.Paged(ctx, ref), s.name, t, env...)
	if err != nil {
		return err
	}
	var mistakes diag.List
	for _, p := range report.Problems {
		key := s.key
		if p.User {
			key = "image.user"
		}
		mistakes.Addf(in.At(key), "the %s would not start in the image for %s: %s", s.what, t, p.Msg).Help = p.Help
	}
	return mistakes.Err()
}
