package config

import (
	"fmt"
	"strings"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/rules"
)

// ruleLevel checks an entry of check.rules. Rules for images are those of another program, and those for which a build is refused have no
// other level.
func ruleLevel(id, level string) (keyErr, valueErr error) {
	if _, err := rules.ParseLevel(level); err != nil {
		valueErr = &problem{fmt.Sprintf("unknown level %q", level), `write "off", "info", "warn" or "error"`}
	}
	rule, err := rules.For(rules.Builds).Find(id)
	_, otherErr := rules.All().Find(id)
	switch {
	case err == nil && rule.Fixed:
		keyErr = &problem{fmt.Sprintf("a build that breaks the rule %q is refused, whatever its level", id), "remove the line"}
	case err == nil:
	case otherErr == nil:
		keyErr = &problem{fmt.Sprintf("the rule %q is for images, not for builds", id), "give its level to oci-lint-go: --rule " + id + "=warn"}
	default:
		p := &problem{fmt.Sprintf("there is no rule %q", id), diag.Suggest(id, settable())}
		if p.help == "" {
			p.help = "rules are " + strings.Join(settable(), ", ")
		}
		keyErr = p
	}
	return keyErr, valueErr
}

// settable are the rules whose level can be chosen.
func settable() []string {
	var ids []string
	for _, r := range rules.For(rules.Builds) {
		if !r.Fixed {
			ids = append(ids, r.ID)
		}
	}
	return ids
}
