package imagetool

import (
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// addManual adds a command that writes the manual page; cobra then adds the one that writes completions.
func addManual(cmd *cobra.Command) {
	cmd.AddCommand(&cobra.Command{
		Use:   "man",
		Short: "Write the manual page, in the form of man",
		Args:  cobra.NoArgs,
		RunE: func(man *cobra.Command, _ []string) error {
			date := built()
			return Unread(doc.GenMan(cmd, &doc.GenManHeader{Section: "1", Source: cmd.Name(), Manual: "Modship", Date: &date}, man.OutOrStdout()))
		},
	})
}

// built is the time of the commit that the program was built from, so that the page is the same whenever it is written.
func built() time.Time {
	info, ok := debug.ReadBuildInfo()
	for i := 0; ok && i < len(info.Settings); i++ {
		if t, err := time.Parse(time.RFC3339, info.Settings[i].Value); err == nil && info.Settings[i].Key == "vcs.time" {
			return t
		}
	}
	return time.Unix(0, 0).UTC()
}
