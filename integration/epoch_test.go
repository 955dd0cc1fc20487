//go:build linux

package integration

import (
	"testing"
	"time"
)

// TestEpoch sets the time of an image, as an argument and in the environment. It takes the place of the commit's, but in the
// build information, where that is a fact of the commit.
func TestEpoch(t *testing.T) {
	t.Parallel()
	setUp(t)
	dir := newCheckout(t, "")
	facts := headFacts(t, dir)
	for _, c := range []struct {
		epoch, label string
		created      time.Time
	}{
		{"1234567890", "2009-02-13T23:31:30Z", time.Unix(1234567890, 0)},
		{"0", "", time.Unix(0, 0)}, // nobody knows
	} {
		t.Run(c.epoch, func(t *testing.T) {
			digests := map[string]string{}
			eachMode(t, func(t *testing.T, m mode) {
				for how, b := range map[string]build{
					"argument":    {dir: dir, args: []string{"SOURCE_DATE_EPOCH=" + c.epoch}},
					"environment": {dir: dir, with: []string{"env", "SOURCE_DATE_EPOCH=" + c.epoch}},
				} {
					r := m.build(t, b)
					digests[m.name+", "+how] = digestOf(t, r)
					labels, program := facts, facts
					labels.Time, labels.Modified = c.label, ""
					program.Source = ""
					if got := labelFacts(t, r); got != labels {
						t.Errorf("%s: labels %+v, want %+v", how, got, labels)
					}
					if got := programFacts(t, r); got != program {
						t.Errorf("%s: build information %+v, want %+v", how, got, program)
					}
					checkTimes(t, r, c.created)
				}
			})
			for how, digest := range digests {
				if first := digests["client, argument"]; digest != first {
					t.Errorf("%s: the image is %s, want %s as from the first build", how, digest, first)
				}
			}
		})
	}
}

// checkTimes looks at every time in the only image.
func checkTimes(t *testing.T, r result, created time.Time) {
	t.Helper()
	img := r.image(t)
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if !file.Created.Equal(created) {
		t.Errorf("the image is of %s, want %s", file.Created, created)
	}
	for _, h := range file.History {
		if !h.Created.Equal(created) {
			t.Errorf("a layer of the history is of %s, want %s", h.Created, created)
		}
	}
	for name, f := range rootfsOf(t, img) {
		if f.ModTime.After(created) && f.ModTime.Unix() != 0 {
			t.Errorf("%s is of %s, which is after %s", name, f.ModTime, created)
		}
	}
}
