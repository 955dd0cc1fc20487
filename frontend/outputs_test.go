package frontend

import (
	"slices"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/config"
)

func TestChooseOutput(t *testing.T) {
	for _, tc := range []struct{ name, output, target, mistake, help string }{
		{name: "", output: "", target: ""},
		{name: "worker", output: "", target: "worker"},
		{name: "binaries", output: "binaries", target: ""},
		{name: "worker/binaries", output: "binaries", target: "worker"},
		{name: "worker/sbom", output: "sbom", target: "worker"},
		{name: "worker/bom", mistake: `no output is called "bom"`, help: `did you mean "sbom"?`},
		{name: "worker/", mistake: `no output is called ""`, help: "outputs: binaries, sbom, compile-cache"},
		{name: "a/b/sbom", output: "sbom", target: "a/b"}, // the configuration says that it has no such target
	} {
		o, target, err := chooseOutput(tc.name)
		if tc.mistake != "" {
			if err == nil || !strings.Contains(err.Error(), tc.mistake) || !strings.Contains(err.Error(), tc.help) {
				t.Errorf("%q: error is %v", tc.name, err)
			}
			continue
		}
		if err != nil || o.name != tc.output || target != tc.target {
			t.Errorf("%q: got %v of %q, %v", tc.name, o, target, err)
		}
	}
}

// TestOutputsAreReserved: no target of a configuration can have the name of an output.
func TestOutputsAreReserved(t *testing.T) {
	for _, o := range outputs[1:] {
		_, err := config.Parse("modship.yaml", []byte("targets: {"+o.name+": {main: .}}\n"))
		if err == nil {
			t.Errorf("a target may be called %s", o.name)
		}
		if o.doc == "" || strings.Contains(o.name, "/") {
			t.Errorf("%s is described by %q", o.name, o.doc)
		}
	}
	if slices.ContainsFunc(outputs[1:], func(o *output) bool { return o.name == "" }) {
		t.Error("an output has no name")
	}
}
