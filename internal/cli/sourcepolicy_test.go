package cli

import (
	"path/filepath"
	"strings"
	"testing"

	spb "github.com/moby/buildkit/sourcepolicy/pb"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/verify"
)

// TestSourcePolicy reads what buildctl and buildx read, and refuses what they pass over.
func TestSourcePolicy(t *testing.T) {
	dir := t.TempDir()
	for name, test := range map[string]struct{ text, want string }{
		"denied":    {`{"version": 1, "rules": [{"action": "DENY", "selector": {"identifier": "docker-image://docker.io/*", "match_type": "WILDCARD"}}]}`, ""},
		"empty":     {`{}`, ""},
		"no JSON":   {"rules:\n", `1:1: invalid character 'r' looking for beginning of value`},
		"cut":       {`{"rules": [{"action": "DENY", `, `1:12: unexpected EOF`},
		"a list":    {`[]`, `1:2: [ is not {`},
		"key":       {`{"rule": []}`, `1:10: unknown field "rule"`},
		"two":       {`{} {}`, `there is something behind the policy`},
		"no action": {"{\"rules\": [\n  {\"acton\": \"DENY\", \"selector\": {\"identifier\": \"docker-image://a\"}}]}", `2:3: rules[0]: unknown field "acton"`},
		"all":       {"{\"rules\": [{\"action\": \"NEVER\"},\n{\"action\": \"DENY\"}]}", `2:1: rules[1]: it has no selector.identifier`},
		"a name":    {`{"rules": [{"action": "DENY", "selector": {"identifier": "alpine"}}]}`, `rules[0]: selector.identifier "alpine" names no kind of source`},
		"convert":   {`{"rules": [{"action": "CONVERT", "selector": {"identifier": "docker-image://a"}}]}`, `rules[0]: it converts, and has no updates`},
	} {
		t.Run(name, func(t *testing.T) {
			file := writeFile(t, dir, "policy.json", test.text)
			var mistakes diag.List
			policy := PolicyOptions{File: file}.read(func(string) (string, bool) { t.Error("the environment is asked"); return "", false }, &mistakes)
			switch err := mistakes.Err(); {
			case test.want == "" && (err != nil || policy == nil):
				t.Errorf("got %v, %v", policy, err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want %s", err, test.want)
			}
			if name == "all" && len(mistakes) != 2 {
				t.Errorf("not all is said: %v", mistakes)
			}
		})
	}
	file := writeFile(t, dir, "policy.json", `{"rules": [{"action": "DENY", "selector": {"identifier": "docker-image://a", "match_type": "EXACT"}}]}`)
	var mistakes diag.List
	named := func(name string) (string, bool) { return file, name == policyVariable }
	policy := PolicyOptions{}.read(named, &mistakes)
	if rules := policy.GetRules(); len(rules) != 1 || rules[0].Action != spb.PolicyAction_DENY || rules[0].Selector.MatchType != spb.MatchType_EXACT {
		t.Errorf("of the environment: %v, %v", policy, mistakes)
	}
	if (PolicyOptions{File: filepath.Join(dir, "missing")}).read(named, &mistakes); !strings.Contains(mistakes.Err().Error(), "--source-policy-file: open ") {
		t.Errorf("got %v", mistakes.Err())
	}
}

// TestPinsAndPolicy: what an image says is pinned, and then held against the policy of who verifies it.
func TestPinsAndPolicy(t *testing.T) {
	file := writeFile(t, t.TempDir(), "policy.json", `{"rules": [{"action": "DENY", "selector": {"identifier": "docker-image://docker.io/*", "match_type": "WILDCARD"}}]}`)
	a := preparedAgain(t, "https://git.example.com/app.git", func(o *VerifyOptions) { o.Policy.File = file }, verify.Recipe{
		Revision: verifiedHash, Platforms: []string{"linux/amd64"}, Images: []string{"registry.example/ui:1@" + verifiedDigest, "registry.example/pinned@" + verifiedDigest},
	})
	rules := a.opt.SourcePolicy.GetRules()
	if len(rules) != 2 || rules[0].Selector.Identifier != "docker-image://registry.example/ui:1" ||
		rules[0].Updates.Identifier != "docker-image://registry.example/ui:1@"+verifiedDigest || rules[1].Action != spb.PolicyAction_DENY {
		t.Errorf("the rules are %v", rules)
	}
}

// TestContextsAgain: contexts that the image says are asked for by their names, in whichever way those are written.
func TestContextsAgain(t *testing.T) {
	recipe := &verify.Recipe{Contexts: []string{"registry.example/base", "ui"}}
	o := VerifyOptions{}
	o.Contexts = ContextOptions{"registry.example/base:latest=."}
	err := o.checkContexts(recipe)
	if err == nil || !strings.Contains(err.Error(), "the build contexts ui, and does not say what they held; give the same again: --build-context ui=VALUE") {
		t.Errorf("got %v", err)
	}
	if o.Contexts = append(o.Contexts, "ui=."); o.checkContexts(recipe) != nil {
		t.Errorf("got %v", o.checkContexts(recipe))
	}
}
