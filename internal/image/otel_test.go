package image

import (
	"net/url"
	"regexp"
	"testing"

	"github.com/modship-build/modship/internal/config"
)

// baggageValue is what W3C allows in a value of baggage (https://www.w3.org/TR/baggage, baggage-octet), and OpenTelemetry in
// that of a resource attribute: no "=" either.
var baggageValue = regexp.MustCompile(`^[\x21\x23-\x2b\x2d-\x3a\x3c\x3e-\x5b\x5d-\x7e]*$`)

// FuzzPercentEncode: every value survives the readers, whether they take a plus for a space or not.
func FuzzPercentEncode(f *testing.F) {
	for _, seed := range []string{"", "v1.0.0+dirty", "a b,c=d;e\\\"%41", "é\n\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		encoded := percentEncode(value)
		if !baggageValue.MatchString(encoded) {
			t.Errorf("%q becomes %q, which is no value of baggage", value, encoded)
		}
		for name, decode := range map[string]func(string) (string, error){"path": url.PathUnescape, "query": url.QueryUnescape} {
			if got, err := decode(encoded); err != nil || got != value {
				t.Errorf("%q becomes %q, and as %s that is %q, %v", value, encoded, name, got, err)
			}
		}
	})
}

func TestOTelVariables(t *testing.T) {
	env := otelEnv(map[string]string{KeyGoVersion: "go1.26.8"}, "app")
	for _, name := range config.OTelVariables() {
		if env[name] == "" {
			t.Errorf("%s is not set", name)
		}
		delete(env, name)
	}
	if len(env) > 0 {
		t.Errorf("the configuration does not know that %v are set", env)
	}
}
