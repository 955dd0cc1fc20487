package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/modship-build/modship/internal/imagetool"
	"github.com/modship-build/modship/internal/rules"
	"github.com/modship-build/modship/internal/safetext"
)

func newExplainCommand() *cobra.Command {
	var policies []string
	cmd := &cobra.Command{
		Use:   "explain [flags] [RULE]",
		Short: "Say what a rule is for, or list all rules",
		Long: `Says what a rule is for, and what it leads to that an image or a build breaks it, or lists all rules: those for images, those for builds,
which modship looks at, and those of own policies.`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return rules.All().IDs(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			own, err := ownRules(policies)
			if err != nil {
				return fmt.Errorf("--policy: %w", err)
			}
			if len(args) == 0 {
				return imagetool.Unread(listRules(cmd.OutOrStdout(), own.Rows()))
			}
			rule, err := slices.Concat(rules.All(), own.Rows()).Find(args[0])
			if err != nil {
				return err
			}
			_, err = io.WriteString(cmd.OutOrStdout(), safetext.Lines(explain(rule)))
			return imagetool.Unread(err)
		},
	}
	addPolicyFlag(cmd, &policies)
	return cmd
}

// listRules lists rules by what they are for. One that is for images and builds is in both lists.
func listRules(w io.Writer, own rules.Table) error {
	var b strings.Builder
	for _, part := range []struct {
		title string
		rows  rules.Table
	}{{"For images", rules.For(rules.Images)}, {"For builds, which modship looks at", rules.For(rules.Builds)}, {"Own policies", own}} {
		if len(part.rows) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s:\n", part.title)
		for _, r := range part.rows {
			fmt.Fprintf(&b, "  %-16s %-6s %s\n", r.ID, r.Level, safetext.Line(r.What))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// explain says all that a row says.
func explain(r rules.Rule) string {
	parts := []string{r.ID, r.What, r.Why, strings.Join(r.Consequences(), "\n")}
	if r.For == 0 {
		parts[3] = fmt.Sprintf("It is an own policy, and the worst that it finds is of the level `%s`.", r.Level)
	}
	if r.Bad != "" {
		parts = append(parts, "Bad:", indent(r.Bad), "Good:", indent(r.Good))
	}
	parts = append(parts, strings.TrimPrefix(r.URL+"\n"+r.Spec, "\n"))
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "\n\n") + "\n"
}

func indent(s string) string { return "    " + strings.ReplaceAll(s, "\n", "\n    ") }
