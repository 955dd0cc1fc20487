package rules_test

import (
	"testing"

	"github.com/modship-build/modship/internal/rules"
	"github.com/modship-build/modship/internal/testing/diagtest"
)

// TestAdvice: what the table says for people is followed where something is found: by the tests of packages policy and lint.
func TestAdvice(t *testing.T) {
	var followed []string
	for _, r := range rules.All() {
		followed = append(followed, r.What, r.Why, r.Bad, r.Good)
	}
	diagtest.Advice(t, ".", followed, nil)
}
