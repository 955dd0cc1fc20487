package imagetool

import (
	"strings"

	"github.com/spf13/cobra"
)

// CompleteValues has shells offer the values of a flag, which may be a list of them, and no files.
func CompleteValues(cmd *cobra.Command, flag string, values ...string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		before := typed[:strings.LastIndex(typed, ",")+1]
		offered := make([]string, len(values))
		for i, v := range values {
			offered[i] = before + v
		}
		return offered, cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // only if there is no such flag, or it has a completion already
	}
}
