package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/modship-build/modship/frontend"
)

// newTargetsCommand returns the cobra command of `modship targets`, which is `docker buildx build --call=modship.targets` without buildx.
func newTargetsCommand(env Env) *cobra.Command {
	var q question
	cmd := &cobra.Command{
		Use:   "targets [DIR]",
		Short: "List the images that can be built",
		Long: `Targets prints what --target takes: the targets of the configuration, or without such the main packages of the module by their
names. It uses BuildKit. With --format json a bake file or a matrix of jobs can be made of it.

Exit codes are those of modship build.`,
		Args: oneDir,
		RunE: inDir(env, &q.Source.Dir, func(ctx context.Context) error {
			_, err := q.ask(ctx, env, frontend.TargetsRequest)
			return err
		}),
	}
	q.addFlags(cmd, "of the list")
	return cmd
}
