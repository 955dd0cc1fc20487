package docgen

import (
	"fmt"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/testing/firstminute"
)

// firstMinute shows each desk that was recorded: what was there, what was typed and printed, and how long it took.
func firstMinute(desks []firstminute.Desk) string {
	if len(desks) == 0 {
		return "Nothing is recorded yet.\n"
	}
	var text strings.Builder
	for _, d := range desks {
		var rows [][]string
		var console strings.Builder
		total := 0.0
		for _, typed := range d.Typed {
			total += typed.Seconds
			rows = append(rows, []string{fmt.Sprintf("%.1f", typed.Seconds), code(strings.ReplaceAll(typed.Command, "\n", " "))})
			fmt.Fprintf(&console, "$ %s\n", typed.Command)
			for _, line := range typed.Prints {
				fmt.Fprintln(&console, line)
			}
		}
		fmt.Fprintf(&text, "## %s\n\n%.0f seconds, on %s.\n\n%s\n```console\n%s```\n\n", d.Name, total, strings.Join(d.With, ", "),
			table([]string{"Seconds", "Command"}, rows), &console)
	}
	return strings.TrimSuffix(text.String(), "\n")
}

func TestFirstMinuteTable(t *testing.T) {
	got := firstMinute([]firstminute.Desk{{Name: "A desk", With: []string{"linux/amd64", "go1.26.11"}, Typed: []firstminute.Typed{
		{Command: "make", Seconds: 12.34}, {Command: "make example", Prints: []string{"…", "wrote x"}, Seconds: 50},
	}}})
	const want = "## A desk\n\n62 seconds, on linux/amd64, go1.26.11.\n\n" +
		"| Seconds | Command |\n|---|---|\n| 12.3 | `make` |\n| 50.0 | `make example` |\n\n" +
		"```console\n$ make\n$ make example\n…\nwrote x\n```\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
