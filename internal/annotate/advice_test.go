package annotate

import (
	"io"
	"testing"

	"github.com/modship-build/modship/internal/config"
	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/testing/diagtest"
)

// TestAdvice: the formats that a message names take what another cannot.
func TestAdvice(t *testing.T) {
	var followed []string
	for _, c := range []struct {
		key, value string
		formats    []string // that the message names
	}{
		{"a=b", "c", []string{"json"}},
		{"two", "a\nb", []string{"bake", "json"}},
	} {
		found := &Found{Annotations: map[string]string{c.key: c.value}, Labels: map[string]string{c.key: c.value}}
		wrong := diag.All(Output{Format: FormatAnnotations}.Write(io.Discard, found))
		if len(wrong) != 1 {
			t.Errorf("%q: %v", c.key, wrong.Err())
			continue
		}
		followed = append(followed, wrong[0].Help)
		for _, format := range c.formats {
			if again := (Output{Format: format}).Write(io.Discard, found); again != nil {
				t.Errorf("%v, and then %v", wrong.Err(), again)
			}
		}
	}
	followed = append(followed, giveFolder(config.Source{From: "ui"})) // by TestReadLaid
	diagtest.Advice(t, ".", followed, nil)
}
