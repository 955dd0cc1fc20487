package cli

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

func TestParsePairs(t *testing.T) {
	got, err := parsePairs(`Type=oci,"name=a,b",dest=x=y`)
	if err != nil {
		t.Fatal(err)
	}
	want := []pair{{"type", "oci"}, {"name", "a,b"}, {"dest", "x=y"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(pair{})); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"", "type", "type=oci,dest", `"type=oci`} {
		if p, err := parsePairs(bad); err == nil {
			t.Errorf("%q passes for %v", bad, p)
		}
	}
}

// What formatPairs writes, parsePairs reads: paths with commas and quotes reach BuildKit's parsers unharmed.
func FuzzPairsRoundTrip(f *testing.F) {
	f.Add("src", "/etc/ssl/cert.pem")
	f.Add("name", `a,"b",c`)
	f.Add("x", " leading and trailing ")
	f.Fuzz(func(t *testing.T, key, value string) {
		if key == "" || key != strings.ToLower(strings.TrimSpace(key)) || strings.ContainsAny(key+value, "\r\n") || strings.Contains(key, "=") {
			t.Skip("no key of a flag")
		}
		want := []pair{{"id", "ca"}, {key, value}}
		text := formatPairs(want)
		got, err := parsePairs(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(pair{})); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	})
}

// flagNamed is a flag in a text.
var flagNamed = regexp.MustCompile(`(?:^|\s)(--?[a-z][a-z-]*)`)

// TestFlagAdvice: what takes the place of a flag is there, and the flag itself is not.
func TestFlagAdvice(t *testing.T) {
	cmd := NewBuildCommand(Env{})
	parses := func(args ...string) bool { return NewBuildCommand(Env{}).ParseFlags(args) == nil }
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
		if err == nil || !strings.HasSuffix(suggestFlag(cmd, err).Error(), "; "+help) {
			t.Errorf("--%s: %v", name, suggestFlag(cmd, err))
		}
	}
}

// TestSuggestFlag: a typing mistake is found, another word is not guessed at, and what is suggested is a flag.
func TestSuggestFlag(t *testing.T) {
	for _, command := range []func(Env) *cobra.Command{NewBuildCommand, newPlanCommand} {
		cmd := command(Env{})
		for arg, want := range map[string]string{
			"--platfrom=x": `did you mean "--platform"?`, "--taget=x": `did you mean "--target"?`, "--buildarg=x": `did you mean "--build-arg"?`,
			"--fiel=x": `did you mean "--file"?`, "--elephant": "", "--x": "",
		} {
			err := cmd.ParseFlags([]string{arg})
			if err == nil {
				t.Fatalf("%s is a flag", arg)
			}
			_, got, _ := strings.Cut(suggestFlag(cmd, err).Error(), "; ")
			if got != want {
				t.Errorf("%s: got %q, want %q", arg, got, want)
			}
			if m := flagNamed.FindString(strings.ReplaceAll(got, `"`, " ")); m != "" && cmd.Flags().Lookup(strings.TrimSpace(m)[2:]) == nil {
				t.Errorf("%s: %s is no flag", arg, m)
			}
		}
	}
}
