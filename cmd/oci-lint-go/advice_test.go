package main

import (
	"testing"

	"github.com/modship-build/modship/internal/imagetool"
	"github.com/modship-build/modship/internal/testing/diagtest"
)

// TestAdvice: a command that was changed as the message says does its work.
func TestAdvice(t *testing.T) {
	ref := image(t)
	var followed []string
	for _, c := range []struct {
		wrong, right []string
		found        int
	}{
		{nil, []string{"explain"}, 0},
		{nil, []string{"scan", ref}, imagetool.ExitFindings},
		{[]string{"scan"}, []string{"scan", "--image", ref}, imagetool.ExitFindings},
		{[]string{"policy"}, []string{"policy", "test", "../../examples/oci-lint-policies.yaml"}, 0},
	} {
		followed = append(followed, output(t, imagetool.ExitUsage, append([]string{}, c.wrong...)...))
		output(t, c.found, c.right...)
	}
	diagtest.Advice(t, ".", followed, map[string]string{
		"set levels of rules, as `RULE=LEVEL`: error, warn, info or off": "it says what a flag is for",
	})
}
