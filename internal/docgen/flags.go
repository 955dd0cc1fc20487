package docgen

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/pflag"
)

// flagTable has a row for each flag, in the order of the help.
func flagTable(flags *pflag.FlagSet) string {
	var rows [][]string
	flags.VisitAll(func(f *pflag.Flag) {
		value, usage := pflag.UnquoteUsage(f)
		name := code("--" + f.Name)
		if f.Shorthand != "" {
			name = code("-"+f.Shorthand) + ", " + name
		}
		value = code(value)
		if repeated(f) {
			value += " …"
		}
		rows = append(rows, []string{name, value, sentence(usage)})
	})
	return table([]string{"Flag", "Value", "Meaning"}, rows)
}

// repeated says that a flag may be given more than once.
func repeated(f *pflag.Flag) bool {
	_, ok := f.Value.(pflag.SliceValue)
	return ok
}

var exitCode = regexp.MustCompile(`^ +(\d+)  (.+)$`)

// exitCodeTable takes the codes out of the long help, where they are the last paragraph.
func exitCodeTable(help string) (string, error) {
	_, list, ok := strings.Cut(help, "Exit codes:\n")
	if !ok {
		return "", fmt.Errorf("it lists no exit codes")
	}
	var rows [][]string
	for line := range strings.Lines(list) {
		m := exitCode.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			return "", fmt.Errorf("%q is not an exit code", line)
		}
		rows = append(rows, []string{m[1], sentence(m[2])})
	}
	return table([]string{"Code", "Meaning"}, rows), nil
}
