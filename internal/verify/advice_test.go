package verify

import (
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/image"
	"github.com/modship-build/modship/internal/testing/diagtest"
)

// TestAdvice: with the file, and with the arguments, the configuration is the one of the image.
func TestAdvice(t *testing.T) {
	digest := func(text string, args map[string]string) map[string]string {
		file, err := config.Parse("modship.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		c, err := file.Target("", args)
		if err != nil {
			t.Fatal(err)
		}
		d, err := c.Digest()
		if err != nil {
			t.Fatal(err)
		}
		return map[string]string{image.KeyConfig: d.String()}
	}
	const text = "args: {TEAM: core}\nimage: {labels: {team: \"${TEAM}\"}}\n"
	other := map[string]string{"TEAM": "other"}
	var followed []string
	for _, c := range []struct {
		args                    []string
		advice                  string
		image, built, builtThen map[string]string
	}{
		{nil, "name the file with --file", digest(text, nil), digest("", nil), digest(text, nil)},
		{[]string{"TEAM"}, "give the arguments TEAM with --build-arg", digest(text, other), digest(text, nil), digest(text, other)},
	} {
		r := reasoner{recipe: &Recipe{Args: c.args}}
		a := &Platform{Said: c.image}
		r.add(a, &Platform{Said: c.built}, Verdict{})
		if len(r.list) != 1 || !strings.Contains(r.list[0], c.advice) {
			t.Errorf("%q does not say %q", r.list, c.advice)
		}
		_, advice, _ := strings.Cut(strings.Join(r.list, ""), "; ")
		followed = append(followed, r.list...)
		followed = append(followed, advice)
		then := reasoner{recipe: &Recipe{Args: c.args}}
		then.add(a, &Platform{Said: c.builtThen}, Verdict{})
		if strings.Contains(strings.Join(then.list, ""), "configuration") {
			t.Errorf("%q, and then %q", r.list, then.list)
		}
	}
	diagtest.Advice(t, ".", followed, nil)
}
