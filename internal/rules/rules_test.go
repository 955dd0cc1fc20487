package rules_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/rules"
)

// TestTable holds the table against what its readers expect of it.
func TestTable(t *testing.T) {
	for _, r := range rules.All() {
		if r.ID == "" || r.What == "" || r.Why == "" || r.Bad == "" || r.Good == "" || r.Level == "" || r.For == 0 || !strings.HasPrefix(r.Spec, "https://") {
			t.Errorf("something is missing: %+v", r)
		}
		if want := "https://github.com/modship-build/modship/blob/main/docs/rules.md#" + r.ID; r.URL != want {
			t.Errorf("the page of %s is %s", r.ID, r.URL)
		}
	}
	ids := rules.All().IDs()
	if slices.Sort(ids); len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("an ID stands twice: %v", ids)
	}
}

func TestFind(t *testing.T) {
	if r, err := rules.All().Find("user"); err != nil || r.ID != "user" {
		t.Errorf("%+v, %v", r, err)
	}
	for id, want := range map[string]string{
		"usr":      `there is no rule "usr"; did you mean "user"?`,
		"nonsense": `there is no rule "nonsense"; the rules are platform, source, `,
		"exclude":  `the rule "exclude" is not for images but for builds; modship check looks at it`,
	} {
		if _, err := rules.For(rules.Images).Find(id); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", id, err)
		}
	}
	if _, err := rules.For(rules.Builds).Find("source"); err == nil || err.Error() != `the rule "source" is not for builds but for images; oci-lint-go looks at it` {
		t.Error(err)
	}
}

// TestLevels: they are in order, and no other word is one.
func TestLevels(t *testing.T) {
	for _, test := range []struct {
		a, b rules.Level
		want bool
	}{{rules.Error, rules.Warn, true}, {rules.Warn, rules.Warn, true}, {rules.Info, rules.Warn, false}, {rules.Off, rules.Info, false}} {
		if test.a.AtLeast(test.b) != test.want {
			t.Errorf("%s is at least %s: %t", test.a, test.b, !test.want)
		}
	}
	if _, err := rules.ParseLevel("bad"); err == nil {
		t.Error("bad is a level")
	}
}
