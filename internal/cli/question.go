package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/imagetool"
)

// answerFormats are the results that the frontend gives for the values of --format.
var answerFormats = map[string]string{"text": "result.txt", "json": "result.json"}

// question is what a command asks the frontend instead of a build: the flags that say what would be built, and how the answer is printed.
type question struct {
	JobOptions
	format *imagetool.Format
}

// addFormat adds --format; what says of what.
func addFormat(f *pflag.FlagSet, what string) *imagetool.Format {
	format := imagetool.NewFormat("text", "json")
	f.Var(format, "format", "`FORMAT` "+what+": "+format.Help())
	return format
}

// addFlags adds the flags to a command; what says what the answer is.
func (q *question) addFlags(cmd *cobra.Command, what string) {
	cmd.SetFlagErrorFunc(suggestFlag)
	f := cmd.Flags()
	f.SortFlags = false
	group(f, "What is built", q.Source.addFlags)
	group(f, "What it is built with", q.Secrets.addFlags, q.Contexts.addFlags, q.Policy.addFlags)
	f.Lookup("build-context").Usage = "named context `NAME=VALUE`, as for modship build"
	group(f, "The answer", func(f *pflag.FlagSet) { q.format = addFormat(f, what) })
	group(f, "BuildKit and its progress", q.Daemon.addFlags)
	completeFlags(cmd)
	groupHelp(cmd)
}

// ask prints the answer to a request of BuildKit's frontends, and gives all that was answered. The error is an [*ExitError].
func (q question) ask(ctx context.Context, env Env, request string) (map[string][]byte, error) {
	var mistakes diag.List
	job := newJob(ctx, env, q.JobOptions, false, &mistakes)
	if err := mistakes.Err(); err != nil {
		return nil, exitError(ctx, ExitUsage, err)
	}
	daemon, err := job.start(ctx, env)
	if err != nil {
		return nil, err
	}
	defer daemon.Close()
	job.opt.FrontendAttrs["requestid"] = request
	res, err := job.solve(ctx, env, daemon.Client)
	if err != nil {
		return nil, err
	}
	job.warn(env, res.warnings)
	if _, err := env.Stdout.Write(res.said[answerFormats[q.format.String()]]); err != nil {
		return nil, exitError(ctx, ExitFailed, fmt.Errorf("printing the answer: %w", err))
	}
	return res.said, nil
}
