package cli

import (
	"context"
	"errors"

	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/spf13/cobra"
)

// newCheckCommand returns the cobra command of `modship check`, which is `docker buildx build --call=check` without buildx.
func newCheckCommand(env Env) *cobra.Command {
	var q question
	cmd := &cobra.Command{
		Use:   "check [DIR]",
		Short: "Hold a build against the rules, and build nothing",
		Long: `Check prints every mistake and every finding of a rule, with its place and its page, that can be known without compiling
anything. It uses BuildKit. Whether a required version was retracted is asked of the module proxy.

Exit codes:
    0  there is nothing to tell
    1  there are mistakes or findings, or it could not be found out
    2  a mistake in the flags
    3  no BuildKit could be reached or started
  130  interrupted`,
		Args: oneDir,
		RunE: inDir(env, &q.Source.Dir, func(ctx context.Context) error { return check(ctx, env, q) }),
	}
	q.addFlags(cmd, "of what is found")
	return cmd
}

// errFindings ends a check that has printed what it found.
var errFindings = errors.New("the check has found what is printed above")

// check prints what the frontend finds. The error is an [*ExitError].
func check(ctx context.Context, env Env, q question) error {
	said, err := q.ask(ctx, env, lint.SubrequestLintDefinition.Name)
	if err != nil {
		return err
	}
	if code := said["result.statuscode"]; len(code) > 0 && string(code) != "0" {
		return exitError(ctx, ExitFailed, errFindings)
	}
	return nil
}
