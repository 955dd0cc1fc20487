package main

import (
	"bytes"
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
	var followed []string
	for _, c := range []struct{ wrong, right []string }{
		{nil, []string{"--file", program}},
		{nil, []string{"--image", ref}},
		{[]string{"--file", program, "--all"}, []string{"--image", ref, "--all"}},
		{[]string{"--image", without}, []string{"--image", without, "--binary", "/app"}},
		{[]string{"--image", without}, []string{"--image", without, "--all"}},
	} {
		var errs bytes.Buffer
		cmd := newCommand()
		cmd.SetOut(&errs)
		cmd.SetArgs(append([]string{}, c.wrong...))
		if imagetool.Code(&errs, cmd.ExecuteContext(t.Context())) == 0 {
			t.Errorf("%q is right", c.wrong)
		}
		followed = append(followed, errs.String())
		output(t, 0, c.right...)
	}
	diagtest.Advice(t, ".", followed, nil)
}
