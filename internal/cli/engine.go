package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/docker/go-units"
	"github.com/spf13/cobra"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/engine"
	"github.com/modship-build/modship/internal/imagetool"
)

const engineHelp = `Engine looks after the private BuildKit, which "modship build" starts where it finds no other. It touches no other
BuildKit: none of Docker, of buildx, or of --addr.`

// NewEngineCommand returns the cobra command of `modship engine`. Each of its commands gets the options of the private daemon anew.
func NewEngineCommand(env Env, options func() engine.Options) *cobra.Command {
	cmd := &cobra.Command{Use: "engine", Short: "Look after the private BuildKit", Long: engineHelp, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(newEngineStatusCommand(env, options), newEnginePruneCommand(env, options), newEngineStopCommand(env, options))
	return cmd
}

func newEngineStatusCommand(env Env, options func() engine.Options) *cobra.Command {
	var format *imagetool.Format
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say whether the private BuildKit runs, where, and what it takes on the disk",
		Long: `Status says whether the private BuildKit runs, where it keeps its state, and how much that takes on the disk. It starts
none, and is 0 also where none runs.`,
		Args: cobra.NoArgs,
		RunE: interruptibly(env, func(ctx context.Context) error {
			return answer(ctx, env, format, func() (any, string, error) {
				info, err := engine.Inspect(ctx, options())
				return info, statusText(info, time.Now()), err
			})
		}),
	}
	format = addFormat(cmd.Flags(), "of the answer")
	cmd.SetFlagErrorFunc(suggestFlag)
	return cmd
}

func newEnginePruneCommand(env Env, options func() engine.Options) *cobra.Command {
	var format *imagetool.Format
	var keep string
	var all bool
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Remove results of builds that the private BuildKit keeps",
		Long: `Prune removes what the private BuildKit keeps of builds, and starts it for that. What a running build uses stays. The next
build fetches and compiles anew what it needs.`,
		Args: cobra.NoArgs,
		RunE: interruptibly(env, func(ctx context.Context) error {
			return answer(ctx, env, format, func() (any, string, error) {
				p := engine.PruneOptions{All: all}
				if keep != "" {
					size, err := units.FromHumanSize(keep)
					if err != nil {
						var mistakes diag.List
						flagMistake(&mistakes, "keep", "%q is no size; write one such as 5GB", keep)
						return nil, "", &ExitError{Code: ExitUsage, Err: mistakes.Err()}
					}
					p.Keep = size
				}
				pruned, err := engine.Prune(ctx, options(), p)
				return pruned, fmt.Sprintf("removed %d results of builds, %s\n", pruned.Results, units.HumanSize(float64(pruned.Bytes))), err
			})
		}),
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&keep, "keep", "", "`SIZE` of what stays, the results that were used last, as in 5GB (default: nothing)")
	f.BoolVar(&all, "all", false, "also what BuildKit holds for itself, such as frontends")
	format = addFormat(cmd.Flags(), "of the answer")
	cmd.SetFlagErrorFunc(suggestFlag)
	return cmd
}

func newEngineStopCommand(env Env, options func() engine.Options) *cobra.Command {
	var o engine.StopOptions
	cmd := &cobra.Command{
		Use:   "stop",
		Short: "Stop the private BuildKit",
		Long:  `Stop ends the private BuildKit in order. The next build starts it again, with all that it has kept.`,
		Args:  cobra.NoArgs,
		RunE: interruptibly(env, func(ctx context.Context) error {
			where := options()
			info, err := engine.Inspect(ctx, where)
			if err != nil {
				return exitError(ctx, ExitFailed, err)
			}
			stopped, err := engine.Stop(ctx, where, o)
			if err != nil {
				return exitError(ctx, ExitFailed, err)
			}
			_, err = io.WriteString(env.Stdout, stopText(info, stopped, o.Remove))
			return failed(err)
		}),
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.BoolVar(&o.Force, "force", false, "stop it also while somebody builds")
	f.BoolVar(&o.Remove, "remove", false, "its state goes as well, with all that it has kept")
	cmd.SetFlagErrorFunc(suggestFlag)
	return cmd
}

func stopText(info engine.Info, stopped, removed bool) string {
	text := "no private BuildKit runs\n"
	if stopped {
		text = fmt.Sprintf("stopped the private BuildKit, process %d\n", info.PID)
	}
	if removed {
		text += fmt.Sprintf("removed %s, %s\n", info.State, units.HumanSize(float64(info.Size)))
	}
	return text
}

// answer prints what ask finds out, as a value or as text. The error is an [*ExitError].
func answer(ctx context.Context, env Env, format *imagetool.Format, ask func() (any, string, error)) error {
	value, text, err := ask()
	if exit, ok := errors.AsType[*ExitError](err); ok {
		return exit
	}
	if err != nil {
		return exitError(ctx, ExitFailed, err)
	}
	if format.String() == "json" {
		return failed(imagetool.WriteJSON(env.Stdout, value))
	}
	_, err = io.WriteString(env.Stdout, text)
	return failed(err)
}

// statusText has a line for each thing that is known.
func statusText(i engine.Info, now time.Time) string {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, value)
		}
	}
	running := "no"
	if i.Running {
		running = "yes, nobody builds"
	}
	if i.InUse {
		running = "yes, in use"
	}
	line("running", running)
	if i.Running {
		process := fmt.Sprintf("%d, supervised by %d", i.PID, i.Supervisor)
		if i.Rootless {
			process += ", without root"
		}
		line("process", process)
		line("age", units.HumanDuration(now.Sub(i.Started)))
	}
	line("address", i.Address)
	line("problem", i.Problem)
	line("BuildKit", i.Version)
	line("snapshotter", i.Snapshotter)
	line("state", i.State)
	line("on disk", units.HumanSize(float64(i.Size)))
	if i.Keep > 0 {
		line("keeps", "at most "+units.HumanSize(float64(i.Keep)))
	}
	line("log", i.Log)
	w.Flush()
	return b.String()
}
