package cli

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
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
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	version := info.Main.Version
	if version == "" {
		version = "(devel)"
	}
	parts := []string{info.GoVersion, settings["GOOS"] + "/" + settings["GOARCH"]}
	for _, dep := range info.Deps {
		if dep.Path == "github.com/moby/buildkit" {
			parts = append(parts, "BuildKit "+dep.Version)
		}
	}
	if rev := settings["vcs.revision"]; rev != "" {
		if settings["vcs.modified"] == "true" {
			rev += ", modified"
		}
		parts = append(parts, rev)
	}
	return fmt.Sprintf("modship %s (%s)", version, strings.Join(parts, ", "))
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
