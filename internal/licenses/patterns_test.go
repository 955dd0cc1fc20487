package licenses

import (
	"testing"

	"github.com/moby/patternmatcher"
)

// TestPatterns: every name that is a license file's is sent from the context.
func TestPatterns(t *testing.T) {
	m, err := patternmatcher.New(Patterns())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"LICENSE", "license.md", "Licence.txt", "MIT-LICENSE", "mit_license", "COPYING", "Copying.LESSER", "UNLICENSE",
		"LICENSE-APACHE", "LICENSE.libyaml", "LICENCE-2.0.txt"} {
		if !fileName.MatchString(name) {
			t.Errorf("%s is no license file", name)
		}
		if ok, err := m.MatchesOrParentMatches(name); !ok || err != nil {
			t.Errorf("no pattern matches %s: %v", name, err)
		}
	}
}
