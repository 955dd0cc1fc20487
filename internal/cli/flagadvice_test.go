package cli

import (
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// flagNamed is a flag in a text.
var flagNamed = regexp.MustCompile(`(?:^|\s)(--?[a-z][a-z-]*)`)

// TestFlagAdvice: what takes the place of a flag is there, and the flag itself is not.
func TestFlagAdvice(t *testing.T) {
	cmd := NewCommand(Env{})
	parses := func(args ...string) bool { return NewCommand(Env{}).ParseFlags(args) == nil }
	for name, help := range elsewhere {
		if cmd.Flags().Lookup(name) != nil {
			t.Errorf("there is a flag --%s", name)
		}
		for _, m := range flagNamed.FindAllStringSubmatch(help, -1) {
			if !parses(m[1], "x") && !parses(m[1]) {
				t.Errorf("--%s: %s names %s, which is no flag", name, help, m[1])
			}
		}
		err := cmd.ParseFlags([]string{"--" + name + "=x"})
		if err == nil || !strings.HasSuffix(SuggestFlag(cmd, err).Error(), "; "+help) {
			t.Errorf("--%s: %v", name, SuggestFlag(cmd, err))
		}
	}
}

// TestSuggestFlag: a typing mistake is found, another word is not guessed at, and what is suggested is a flag.
func TestSuggestFlag(t *testing.T) {
	for _, command := range []func(Env) *cobra.Command{NewCommand, NewPlanCommand} {
		cmd := command(Env{})
		for arg, want := range map[string]string{
			"--platfrom=x": `did you mean "--platform"?`, "--taget=x": `did you mean "--target"?`, "--buildarg=x": `did you mean "--build-arg"?`,
			"--fiel=x": `did you mean "--file"?`, "--elephant": "", "--x": "",
		} {
			err := cmd.ParseFlags([]string{arg})
			if err == nil {
				t.Fatalf("%s is a flag", arg)
			}
			_, got, _ := strings.Cut(SuggestFlag(cmd, err).Error(), "; ")
			if got != want {
				t.Errorf("%s: got %q, want %q", arg, got, want)
			}
			if m := flagNamed.FindString(strings.ReplaceAll(got, `"`, " ")); m != "" && cmd.Flags().Lookup(strings.TrimSpace(m)[2:]) == nil {
				t.Errorf("%s: %s is no flag", arg, m)
			}
		}
	}
}
