package cli

import (
	"cmp"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/modship-build/modship/internal/imagetool"
)

// version describes the running binary by what the Go linker recorded in it; it is empty if that is missing.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return formatVersion(info)
}

func formatVersion(info *debug.BuildInfo) string {
	var parts []string
	for _, dep := range info.Deps {
		if dep.Path == "github.com/moby/buildkit" {
			parts = append(parts, "BuildKit "+dep.Version)
		}
	}
	return "modship " + imagetool.DescribeVersion(info, parts...)
}

// unknownVersion is that of a program without build information.
const unknownVersion = "modship, of unknown version"

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), cmp.Or(version(), unknownVersion))
			return failed(err)
		},
	}
}
