package imagetool

import (
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// addManual adds a command that writes manual pages; cobra then adds the one that writes completions.
func addManual(cmd *cobra.Command) {
	cmd.AddCommand(&cobra.Command{
		Use:   "man [DIR]",
		Short: "Write the manual page, in the form of man, or those of all commands into a folder",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(man *cobra.Command, dir []string) error {
			date := built()
			header := doc.GenManHeader{Section: "1", Source: cmd.Name(), Manual: "Modship", Date: &date}
			if len(dir) == 0 {
				return Unread(doc.GenMan(cmd, &header, man.OutOrStdout()))
			}
			return Unread(doc.GenManTree(cmd, &header, dir[0]))
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
