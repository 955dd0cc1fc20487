package imagetool

import (
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"
)

// AddManual adds a command that writes manual pages; cobra then adds the one that writes completions.
func AddManual(cmd *cobra.Command) {
	cmd.AddCommand(&cobra.Command{
		Use:   "man [DIR]",
		Short: "Write the manual page, in the form of man, or those of all commands into a folder",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(man *cobra.Command, dir []string) error {
			date := built()
			escape(cmd)
			header := doc.GenManHeader{Section: "1", Source: cmd.Name(), Manual: "Modship", Date: &date}
			if len(dir) == 0 {
				return Unread(doc.GenMan(cmd, &header, man.OutOrStdout()))
			}
			return Unread(doc.GenManTree(cmd, &header, dir[0]))
		},
	})
}

// escape has texts of a command stand in its manual page as they are: they are taken for Markdown there.
func escape(cmd *cobra.Command) {
	markup := strings.NewReplacer("*", `\*`, "_", `\_`, "<", `\<`, "[", `\[`, "`", "")
	cmd.Short, cmd.Long = markup.Replace(cmd.Short), markup.Replace(cmd.Long)
	cmd.Flags().VisitAll(func(f *pflag.Flag) { f.Usage = markup.Replace(f.Usage) })
	for _, c := range cmd.Commands() {
		escape(c)
	}
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
