package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/modship-build/modship/frontend"
	"github.com/modship-build/modship/internal/diag"
)

// planFormats are the values of --format of `modship plan`, with the results that the frontend gives for them.
var planFormats = map[string]string{"text": "result.txt", "json": "result.json"}

// newPlanCommand returns the cobra command of `modship plan`: it has the frontend read and decide everything that `modship build`
// with the same flags would, and build nothing of it.
func newPlanCommand(env Env) *cobra.Command {
	var o JobOptions
	var format string
	cmd := &cobra.Command{
		Use:   "plan [DIR]",
		Short: "Print what a build would do",
		Long: `Plan finds out what "modship build" with the same flags would build, and prints it. It uses BuildKit: the newest Go and
the imports of dependencies are looked up in build steps, which a build afterwards finds in the cache.

Exit codes are those of modship build.`,
		Args: oneDir,
		RunE: inDir(env, &o.Source.Dir, func(ctx context.Context) error { return Plan(ctx, env, o, format) }),
	}
	cmd.SetFlagErrorFunc(suggestFlag)
	f := cmd.Flags()
	f.SortFlags = false
	o.Source.addFlags(f)
	o.Secrets.addSecretFlag(f)
	o.Contexts.addFlags(f)
	f.Lookup("build-context").Usage = "named context `NAME=VALUE`, as for modship build"
	f.StringVar(&format, "format", "text", "`FORMAT` of the plan: text or json")
	o.Daemon.addFlags(f)
	return cmd
}

// Plan prints the plan of a build. The error it returns is an [*ExitError].
func Plan(ctx context.Context, env Env, o JobOptions, format string) error {
	key, ok := planFormats[format]
	if !ok {
		var mistakes diag.List
		flagMistake(&mistakes, "format", "%q: want text or json", format)
		return exitError(ctx, ExitUsage, mistakes.Err())
	}
	var mistakes diag.List
	job := newJob(ctx, env, o, false, &mistakes)
	if err := mistakes.Err(); err != nil {
		return exitError(ctx, ExitUsage, err)
	}
	daemon, err := job.start(ctx, env)
	if err != nil {
		return err
	}
	defer daemon.Close()
	job.opt.FrontendAttrs["requestid"] = frontend.PlanRequest
	res, err := job.solve(ctx, env, daemon.Client)
	if err != nil {
		return err
	}
	job.warn(env, res.warnings)
	if _, err := env.Stdout.Write(res.said[key]); err != nil {
		return exitError(ctx, ExitFailed, fmt.Errorf("printing the plan: %w", err))
	}
	return nil
}
