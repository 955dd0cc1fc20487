package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/modship-build/modship/frontend"
)

// newPlanCommand returns the cobra command of `modship plan`: it has the frontend read and decide everything that `modship build`
// with the same flags would, and build nothing of it.
func newPlanCommand(env Env) *cobra.Command {
	var q question
	cmd := &cobra.Command{
		Use:   "plan [DIR]",
		Short: "Print what a build would do",
		Long: `Plan finds out what "modship build" with the same flags would build, and prints it. It uses BuildKit: the newest Go and
the imports of dependencies are looked up in build steps, which a build afterwards finds in the cache.

Exit codes are those of modship build.`,
		Args: oneDir,
		RunE: inDir(env, &q.Source.Dir, func(ctx context.Context) error {
			_, err := q.ask(ctx, env, frontend.PlanRequest)
			return err
		}),
	}
	q.addFlags(cmd, "of the plan")
	return cmd
}
