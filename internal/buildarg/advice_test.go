package buildarg_test

import (
	"testing"

	"github.com/modship-build/modship/internal/buildarg"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/testing/diagtest"
)

// TestAdvice: the address without the password is taken. TestNetrcAuth follows that on the netrc file.
func TestAdvice(t *testing.T) {
	var followed []string
	for _, c := range []struct{ name, wrong, right string }{
		{"GOPROXY", "https://u:p@proxy.example", "https://proxy.example"},
		{"HTTP_PROXY", "http://u:p@proxy.example:3128", "http://proxy.example:3128"},
	} {
		_, err := buildarg.Parse(map[string]string{c.name: c.wrong})
		wrong := diag.All(err)
		if len(wrong) != 1 {
			t.Errorf("%s=%s: %v", c.name, c.wrong, err)
			continue
		}
		followed = append(followed, wrong[0].Help)
		if _, again := buildarg.Parse(map[string]string{c.name: c.right}); again != nil {
			t.Errorf("%v, and then %v", err, again)
		}
	}
	diagtest.Advice(t, ".", followed, nil)
}
