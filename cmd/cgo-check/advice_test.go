package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/imagetool"
	"github.com/modship-build/modship/internal/testing/cgoprogram"
	"github.com/modship-build/modship/internal/testing/diagtest"
	"github.com/modship-build/modship/internal/testing/imagetest"
)

// TestAdvice: a command that was changed as the message says does its work.
func TestAdvice(t *testing.T) {
	program := cgoprogram.Build(t, cgoprogram.Program{Source: cgoprogram.Pure, Arch: "arm64"})
	layout := imagetest.NewLayout(t)
	file := imagetest.File{Name: "app", Content: content(t, program)}
	ref := layout.Reference(layout.Image(image("arm64", file)))
	silent := image("arm64", file)
	silent.Config.Config.Entrypoint = nil
	other := imagetest.NewLayout(t)
	without := other.Reference(other.Image(silent))
	several := image("arm64", file, imagetest.File{Name: "other", Content: file.Content})
	third := imagetest.NewLayout(t)
	two := third.Reference(third.Image(several))
	var followed []string
	for _, c := range []struct{ wrong, right []string }{
		{nil, []string{"--file", program}},
		{nil, []string{"--image", ref}},
		{[]string{ref}, []string{"--image", ref}},
		{[]string{"--image", two, "--all", "-o", "spdx"}, []string{"--image", two, "--binary", "/other", "-o", "spdx"}},
		{[]string{"--image", two, "--all", "-o", "cyclonedx"}, []string{"--image", two, "--binary", "/other", "-o", "cyclonedx"}},
		{[]string{"--file", program, "--all"}, []string{"--image", ref, "--all"}},
		{[]string{"--image", without}, []string{"--image", without, "--binary", "/app"}},
		{[]string{"--image", without}, []string{"--image", without, "--all"}},
	} {
		var errs bytes.Buffer
		cmd := newCommand()
		cmd.SetOut(&errs)
		cmd.SetArgs(append([]string{}, c.wrong...))
		if code := imagetool.Code(&errs, cmd.ExecuteContext(t.Context())); code == 0 || strings.Contains(errs.String(), "SBOM") && code != imagetool.ExitUsage {
			t.Errorf("%q: exit code %d, %s", c.wrong, code, &errs)
		}
		followed = append(followed, errs.String())
		output(t, 0, c.right...)
	}
	diagtest.Advice(t, ".", followed, nil)
}
