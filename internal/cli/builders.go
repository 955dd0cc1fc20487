package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/engine"
	"github.com/modship-build/modship/internal/imagetool"
	"github.com/modship-build/modship/internal/safetext"
)

const buildersHelp = `Builders lists each BuildKit that there is for "modship build", and says which one it would use: that of --addr, of --builder,
of $BUILDKIT_HOST, of $BUILDX_BUILDER; else the current builder of buildx, else Docker's at the current context, else Docker's where its
socket usually is, else a private one. All are asked, and none is started.

Exit codes:
    0  there is one to use
    2  wrong usage, such as a name that nobody has
    3  there is none to use
  130  interrupted`

// newBuildersCommand returns the cobra command of `modship builders`.
func newBuildersCommand(env Env) *cobra.Command {
	var o DaemonOptions
	var format *imagetool.Format
	cmd := &cobra.Command{
		Use:   "builders",
		Short: "List the BuildKits that a build can use",
		Long:  buildersHelp,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return inDir(env, new(string), func(ctx context.Context) error { return builders(ctx, env, o, format.String()) })(cmd, args)
		},
	}
	cmd.SetFlagErrorFunc(suggestFlag)
	cmd.Flags().SortFlags = false
	format = addFormat(cmd.Flags(), "of the list")
	o.addAddrFlag(cmd.Flags())
	return cmd
}

// builders prints what there is. The error is an [*ExitError].
func builders(ctx context.Context, env Env, o DaemonOptions, format string) error {
	var mistakes diag.List
	o.check(&mistakes)
	if err := mistakes.Err(); err != nil {
		return exitError(ctx, ExitUsage, err)
	}
	found, err := env.Builders(ctx, o)
	if err != nil {
		return exitError(ctx, connectCode(err), err)
	}
	write := writeBuilders
	if format == "json" {
		write = func(w io.Writer, found []engine.Found) error { return imagetool.WriteJSON(w, found) }
	}
	if err := write(env.Stdout, found); err != nil {
		return exitError(ctx, ExitFailed, fmt.Errorf("printing the builders: %w", err))
	}
	for _, f := range found {
		if f.Used && f.State != engine.StateError {
			return nil
		}
	}
	return &ExitError{Code: ExitNoBuildKit}
}

// writeBuilders writes a table, what is wrong with some, and which one is used.
func writeBuilders(w io.Writer, found []engine.Found) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, " \tNAME\tDRIVER\tSTATE\tBUILDKIT\tSTORE\tPLATFORMS\tWHERE")
	last := "modship build finds none to use"
	for _, f := range found {
		mark := " "
		if f.Used {
			mark, last = "*", fmt.Sprintf("modship build uses %s: %s", f.Name, f.Why)
		}
		fields := []string{mark, f.Name, f.Driver, f.State, f.Version, f.Store, short(f.Platforms), strings.Join(f.Endpoints, " ")}
		for i, field := range fields[1:] {
			fields[i+1] = cmp.Or(safetext.Line(field), "-")
		}
		fmt.Fprintln(table, strings.Join(fields, "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w)
	for _, f := range found {
		if f.Error != "" {
			fmt.Fprintf(w, "%s: %s\n", safetext.Line(f.Name), safetext.Short(strings.ReplaceAll(f.Error, "\n", " ")))
		}
	}
	_, err := fmt.Fprintln(w, safetext.Line(last))
	return err
}

// short names the first platforms of many.
func short(platforms []string) string {
	const most = 3
	if len(platforms) <= most {
		return strings.Join(platforms, ",")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(platforms[:most], ","), len(platforms)-most)
}
