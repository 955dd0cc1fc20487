package main

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/modship-build/modship/internal/imagetool"
)

// newCommand makes the command; now is when images are judged.
func newCommand(now time.Time) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "oci-lint-go",
		Short: "Hold images against rules, whoever built them",
		Long: `Reads images and says where they break a rule: what an image says of itself must be true of its files, and its program must
start. Every platform of an image is looked at, and nothing is run or unpacked.

` + imagetool.SourceHelp + "\n\n" + imagetool.ExitHelp("finding"),
		SilenceUsage:      true,
		SilenceErrors:     true,
		DisableAutoGenTag: true,
		Args:              imagetool.Commands,
		RunE:              func(*cobra.Command, []string) error { return errors.New("name a command: scan or explain") },
	}
	cmd.AddCommand(newScanCommand(now), newExplainCommand(), newPolicyCommand(), newViewCommand())
	return cmd
}
