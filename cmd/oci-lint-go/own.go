package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/modship-build/modship/internal/cloudkeychain"
	"github.com/modship-build/modship/internal/imagefacts"
	"github.com/modship-build/modship/internal/imagetool"
	"github.com/modship-build/modship/internal/ownpolicy"
	"github.com/modship-build/modship/internal/policy"
	"github.com/modship-build/modship/internal/safetext"
)

func addPolicyFlag(cmd *cobra.Command, files *[]string) {
	cmd.Flags().StringArrayVar(files, "policy", nil, "`FILE` of own policies, of Rego if it ends in .rego; may be repeated")
}

// ownRules reads files of policies.
func ownRules(files []string) (policy.Table, error) {
	var all policy.Table
	for _, name := range files {
		f, err := readPolicies(name)
		if err != nil {
			return nil, err
		}
		for _, rule := range f.Rules() {
			if _, err := all.Rows().Find(rule.ID); err == nil {
				return nil, fmt.Errorf("%s: another file has a policy %q, too", name, rule.ID)
			}
			all = append(all, rule)
		}
	}
	return all, nil
}

func readPolicies(name string) (*ownpolicy.File, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return ownpolicy.Parse(name, text)
}

func newPolicyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "policy", Short: "Work on own policies", Args: imagetool.Commands,
		RunE: func(*cobra.Command, []string) error { return errors.New("name a command: test") },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "test FILE...",
		Short: "Run the tests in files of policies",
		Long:  "Runs the tests in files of policies. The exit code is 0 if all pass, 1 if one fails, and 2 if a file cannot be read or has a mistake.",
		Args:  cobra.MinimumNArgs(1),
		RunE:  func(cmd *cobra.Command, files []string) error { return testPolicies(cmd.OutOrStdout(), files) },
	})
	return cmd
}

func testPolicies(w io.Writer, files []string) error {
	failed := false
	for _, name := range files {
		f, err := readPolicies(name)
		if err != nil {
			return err
		}
		wrong := f.Run()
		failed = failed || len(wrong) > 0
		var b strings.Builder
		for _, err := range wrong {
			fmt.Fprintf(&b, "FAIL %s\n", safetext.Message(err.Error()))
		}
		fmt.Fprintf(&b, "%s: %d of %d tests passed\n", safetext.Line(name), f.Tests()-len(wrong), f.Tests())
		if _, err := io.WriteString(w, b.String()); err != nil {
			return imagetool.Unread(fmt.Errorf("writing the result: %w", err))
		}
	}
	if failed {
		return imagetool.ErrFindings
	}
	return nil
}

func newViewCommand() *cobra.Command {
	s := &scan{source: imagetool.Source{Clouds: cloudkeychain.New()}}
	cmd := &cobra.Command{
		Use:   "view IMAGE",
		Short: "Show what own policies see of an image, as JSON, one document for each platform",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.view(cmd.Context(), cmd.OutOrStdout(), args[0])
		},
	}
	s.source.AddFlags(cmd)
	return cmd
}

func (s *scan) view(ctx context.Context, w io.Writer, ref string) error {
	source, err := s.source.Open(ctx, ref)
	if err != nil {
		return err
	}
	defer source.Close()
	found, offered, err := s.documents(ctx, source)
	if err != nil {
		return imagetool.Unread(err)
	}
	for img := range slices.Values(found) {
		contents, err := imagefacts.ReadContents(ctx, img)
		if err == nil {
			err = imagetool.WriteJSON(w, policy.NewView(policy.NewImage(ref, offered, img, contents)))
		}
		if err != nil {
			return imagetool.Unread(err)
		}
	}
	return nil
}
