package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// groupKey is the annotation of a flag with the heading that it stands under in the help.
const groupKey = "modship_group"

// group adds flags under a heading.
func group(f *pflag.FlagSet, heading string, add ...func(*pflag.FlagSet)) {
	before := map[string]bool{}
	f.VisitAll(func(fl *pflag.Flag) { before[fl.Name] = true })
	for _, a := range add {
		a(f)
	}
	f.VisitAll(func(fl *pflag.Flag) {
		if !before[fl.Name] {
			_ = f.SetAnnotation(fl.Name, groupKey, []string{heading}) // the flag is there
		}
	})
}

// groupHelp has the help of a command show its flags under their headings.
func groupHelp(cmd *cobra.Command) {
	cmd.SetUsageFunc(func(cmd *cobra.Command) error {
		w := cmd.OutOrStderr()
		fmt.Fprintf(w, "Usage:\n  %s\n", cmd.UseLine())
		if cmd.HasExample() {
			fmt.Fprintf(w, "\nExamples:\n%s\n", cmd.Example)
		}
		for _, heading := range headings(cmd.Flags()) {
			printGroup(w, cmd.Flags(), heading)
		}
		return nil
	})
}

// headings are those of the flags, in their order; what has none comes last.
func headings(f *pflag.FlagSet) []string {
	var all []string
	f.VisitAll(func(fl *pflag.Flag) {
		if h := headingOf(fl); h != "" && !slices.Contains(all, h) {
			all = append(all, h)
		}
	})
	return append(all, "")
}

func headingOf(f *pflag.Flag) string { return strings.Join(f.Annotations[groupKey], "") }

func printGroup(w io.Writer, flags *pflag.FlagSet, heading string) {
	of := pflag.NewFlagSet("", pflag.ContinueOnError)
	of.SortFlags = false
	flags.VisitAll(func(fl *pflag.Flag) {
		if headingOf(fl) == heading {
			of.AddFlag(fl)
		}
	})
	if !of.HasAvailableFlags() {
		return
	}
	if heading == "" {
		heading = "Other flags"
	}
	fmt.Fprintf(w, "\n%s:\n%s", heading, of.FlagUsages())
}
