package policy

import "testing"

// TestFixLabel: what a value says is what the lines say, also where a dollar would name a variable.
func TestFixLabel(t *testing.T) {
	c := &checker{findings: make([]Finding, 1)}
	c.fixLabel("a.b", `cost $1 "\`)
	want := Fix{
		Dockerfile: `LABEL a.b="cost \$1 \"\\"`,
		Modship:    `image: {labels: {a.b: "cost $$1 \"\\"}}    # or leave the key out: it is derived`,
	}
	if got := *c.findings[0].Fix; got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
