package cli

import (
	"context"
	"fmt"

	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/spf13/cobra"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/diag"
)

// planFormats are the values of --format of `modship plan`, with the results that the frontend gives for them.
var planFormats = map[string]string{"text": "result.txt", "json": "result.json"}

// NewPlanCommand returns the cobra command of `modship plan`: it has the frontend read and decide everything that `modship build`
// with the same flags would, and build nothing of it.
func NewPlanCommand(env Env) *cobra.Command {
	var o Options
	cmd := &cobra.Command{
		Use:   "plan [DIR]",
		Short: "Print what a build would do",
		Long: `Plan finds out what "modship build" with the same flags would build, and prints it. It uses BuildKit: the newest Go and
the imports of dependencies are looked up in build steps, which a build afterwards finds in the cache.

Exit codes are those of modship build.`,
		Args: OneDir,
		RunE: inDir(env, &o, Plan),
	}
	cmd.SetFlagErrorFunc(SuggestFlag)
	f := cmd.Flags()
	f.SortFlags = false
	AddSourceFlags(f, &o)
	addSecretFlag(f, &o)
	f.StringArrayVar(&o.BuildContexts, "build-context", nil, "named context `NAME=VALUE`, as for modship build")
	f.StringVar(&o.Plan, "format", "text", "`FORMAT` of the plan: text or json")
	addDaemonFlags(f, &o)
	return cmd
}

// Plan prints the plan of a build. The error it returns is an [*ExitError].
func Plan(ctx context.Context, env Env, o Options) error {
	key, ok := planFormats[o.Plan]
	if !ok {
		var mistakes diag.List
		flagMistake(&mistakes, "format", "%q: want text or json", o.Plan)
		return exitError(ctx, ExitUsage, mistakes.Err())
	}
	job, daemon, err := start(ctx, env, o)
	if err != nil {
		return err
	}
	defer daemon.Close()
	job.opt.FrontendAttrs["requestid"] = frontend.PlanRequest
	var text []byte
	ask := env.Frontend
	env.Frontend = func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		res, err := ask(ctx, c)
		if err != nil {
			return nil, err
		}
		text = res.Metadata[key]
		return gateway.NewResult(), nil
	}
	res, err := job.solve(ctx, env, daemon.Client)
	if err != nil {
		return err
	}
	job.warn(env, res.warnings)
	if _, err := env.Stdout.Write(text); err != nil {
		return exitError(ctx, ExitFailed, fmt.Errorf("printing the plan: %w", err))
	}
	return nil
}
