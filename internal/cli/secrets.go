package cli

import (
	"fmt"
	"slices"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/step/request"
)

// knownSecrets are those that steps ask for.
var knownSecrets = []string{request.IDCA, request.IDNetrc}

// unusedCredentials names what a user hands over and no step asks for.
func unusedCredentials(o Options) []string {
	var warnings []string
	for _, v := range o.Secrets {
		pairs, err := parsePairs(v)
		id := find(pairs, "id")
		if err != nil || id == "" || slices.Contains(knownSecrets, id) {
			continue // what is wrong is reported elsewhere
		}
		hint := diag.Suggest(id, knownSecrets)
		if hint == "" {
			hint = "steps ask for the secrets ca, certificates to trust, and netrc, passwords of module proxies"
		}
		warnings = append(warnings, fmt.Sprintf("--secret id=%s has no effect: no step asks for it; %s", id, hint))
	}
	if len(o.SSH) > 0 {
		warnings = append(warnings, "--ssh has no effect: no step uses it; modules come from module proxies, or are vendored")
	}
	return warnings
}
