package cli

import (
	"context"
	"fmt"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/util/progress/progressui"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/stepprogram"
)

// Run builds. The error it returns is an [*ExitError].
func Run(ctx context.Context, env Env, o Options) error {
	job, daemon, err := start(ctx, env, o)
	if err != nil {
		return err
	}
	defer daemon.Close()
	defer job.discard()
	if err := job.makeFolders(); err != nil {
		return exitError(ctx, ExitFailed, err)
	}
	res, err := job.solve(ctx, env, daemon.Client)
	if err != nil {
		return err
	}
	if err := job.commit(); err != nil {
		return exitError(ctx, ExitFailed, err)
	}
	if err := job.report(env, res); err != nil {
		return exitError(ctx, ExitFailed, err)
	}
	return nil
}

// start looks at everything that can be wrong before the daemon is asked to work. The error is an [*ExitError]; without one the
// caller closes the daemon.
func start(ctx context.Context, env Env, o Options) (*job, *Daemon, error) {
	job, err := prepare(ctx, env, o)
	if err != nil {
		return nil, nil, exitError(ctx, ExitUsage, err)
	}
	if job.mode != progressui.RawJSONMode {
		for _, w := range job.warnings {
			Warn(env.Stderr, w)
		}
	}
	daemon, workers, err := connect(ctx, env, o.Addr)
	if err != nil {
		return nil, nil, exitError(ctx, ExitNoBuildKit, err)
	}
	program, err := chooseStep(stepprogram.Find, env.Executable, workers)
	if err != nil {
		daemon.Close()
		return nil, nil, exitError(ctx, ExitUsage, err)
	}
	job.opt.LocalMounts[frontend.StepLocal] = program
	if err := job.useStepProxy(ctx, daemon); err != nil {
		daemon.Close()
		return nil, nil, exitError(ctx, ExitNoBuildKit, err)
	}
	return job, daemon, nil
}

// connect also makes sure that somebody listens: a client of BuildKit connects on its first call only.
func connect(ctx context.Context, env Env, addr string) (*Daemon, []*client.WorkerInfo, error) {
	d, err := env.Connect(ctx, addr)
	if err != nil {
		return nil, nil, err
	}
	workers, err := d.Client.ListWorkers(ctx)
	if err != nil {
		d.Close()
		return nil, nil, fmt.Errorf("asking BuildKit for its workers: %w", err)
	}
	return d, workers, nil
}
