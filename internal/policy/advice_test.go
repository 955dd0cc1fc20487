package policy_test

import (
	"testing"

	"github.com/modship-build/modship/internal/policy"
	"github.com/modship-build/modship/internal/rules"
	"github.com/modship-build/modship/internal/testing/diagtest"
)

// TestAdvice: what is said of each wrong image leads to the right one, of which no rule says anything (see TestRight).
func TestAdvice(t *testing.T) {
	var followed []string
	for _, test := range wrong {
		m := right(t)
		test.change(t, &m)
		for _, cloud := range rules.Clouds {
			for _, f := range check(t, m, policy.Settings{Only: []string{test.rule}, Now: now, Cloud: cloud}) {
				followed = append(followed, f.Help, f.Message)
				if f.Fix != nil {
					followed = append(followed, f.Fix.Modship, f.Fix.Dockerfile)
				}
			}
		}
	}
	diagtest.Advice(t, ".", followed, nil)
}
