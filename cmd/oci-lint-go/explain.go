package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/modship-build/modship/internal/imagetool"
	"github.com/modship-build/modship/internal/rules"
)

func newExplainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain [RULE]",
		Short: "Say what a rule is for, or list all rules",
		Args:  cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return ruleIDs(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return imagetool.Unread(listRules(cmd.OutOrStdout()))
			}
			rule, err := rules.All().Find(args[0])
			if err != nil {
				return err
			}
			return imagetool.Unread(explain(cmd.OutOrStdout(), rule))
		},
	}
}

func ruleIDs() []string {
	var ids []string
	for _, r := range rules.For(rules.Images) {
		ids = append(ids, r.ID)
	}
	return ids
}

func listRules(w io.Writer) error {
	for _, r := range rules.For(rules.Images) {
		if _, err := fmt.Fprintf(w, "%-14s %-6s %s\n", r.ID, r.Level, r.What); err != nil {
			return err
		}
	}
	return nil
}

func explain(w io.Writer, r rules.Rule) error {
	_, err := fmt.Fprintf(w, "%s (%s)\n\n%s\n\n%s\n\nBad:\n\n%s\n\nGood:\n\n%s\n\n%s\n%s\n",
		r.ID, r.Level, r.What, r.Why, indent(r.Bad), indent(r.Good), r.URL(), r.Spec)
	return err
}

func indent(s string) string { return "    " + strings.ReplaceAll(s, "\n", "\n    ") }
