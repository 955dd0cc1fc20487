package imagename

import (
	"errors"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/diag"
)

func TestExpand(t *testing.T) {
	revision := strings.Repeat("0123456789", 4)
	for _, test := range []struct {
		text, target, version, want string
	}{
		{"ghcr.io/me/{target}:{version}", "api", "v1.4.2", "ghcr.io/me/api:v1.4.2"},
		{"ghcr.io/me/{target}:{semver}", "", "v1.4.2", "ghcr.io/me/server:1.4.2"},
		{"{program}-{major}-{minor}", "api", "v1.4.2-rc.1", "server-1-1.4"},
		{"x:{version}", "", "v0.0.0-20260101000000-0123456789ab+dirty", "x:v0.0.0-20260101000000-0123456789ab_dirty"},
		{"x:{short}", "", "", "x:012345678901"},
		{"x:{revision}", "", "", "x:" + revision},
		{"no fields", "", "", "no fields"},
	} {
		template, err := Parse(test.text, Names()...)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := template.Expand(Values(test.target, "server", test.version, revision)); got != test.want || err != nil {
			t.Errorf("%q is %q, %v, want %q", test.text, got, err, test.want)
		}
	}
	template, _ := Parse("x:{version}", Names()...)
	if _, err := template.Expand(Values("", "server", "", "")); err == nil || err.Error() != "{version} is not known" {
		t.Errorf("without a version: %v", err)
	}
}

// TestFields: each has an example, and a value where all is known.
func TestFields(t *testing.T) {
	values := Values("worker", "worker", "v1.4.2", strings.Repeat("0123456789", 4))
	for name, example := range Examples() {
		if values[name] != example {
			t.Errorf("{%s} is %q, and its example %q", name, values[name], example)
		}
	}
	if len(values) != len(Fields()) {
		t.Errorf("%d fields have %d values", len(Fields()), len(values))
	}
}

// TestParse: what is wrong is said with what may be meant, and that is right.
func TestParse(t *testing.T) {
	for text, want := range map[string]struct{ says, right string }{
		"{targt}": {`"{targt}" has an unknown field {targt}; did you mean "target"?`, "{target}"},
		"{tag}":   {`fields are {target}, {program}, {version}, {semver}, {major}, {minor}, {revision}, {short}`, "{short}"},
		"{target": {`has a { without a }`, "{target}"},
		"target}": {`has a } without a {`, "{target}"},
		"{}":      {`unknown field {}`, "{target}"},
		"{{x}}":   {`unknown field {{x}`, "{target}"},
	} {
		_, err := Parse(text, Names()...)
		_, ok := errors.AsType[*diag.Error](err)
		if !ok || !strings.Contains(err.Error(), want.says) {
			t.Errorf("%q: %v, want %q", text, err, want.says)
			continue
		}
		if template, err := Parse(want.right, Names()...); err != nil || !template.Has(Target, Short) || template.Has(Version) {
			t.Errorf("%q: %v", want.right, err)
		}
	}
}

// TestOfContext: an image has one name, however it is written.
func TestOfContext(t *testing.T) {
	digest := "@sha256:" + strings.Repeat("0", 64)
	for name, want := range map[string]string{
		"debian": "debian", "docker.io/library/debian": "debian", "debian:latest": "debian", "debian:12": "debian:12",
		"ghcr.io/me/lib:latest": "ghcr.io/me/lib", "debian" + digest: "debian" + digest,
	} {
		if got, err := OfContext(name); got != want || err != nil {
			t.Errorf("%q is %q, %v, want %q", name, got, err, want)
		}
	}
	if _, err := OfContext("Debian"); err == nil {
		t.Error("a capital letter is no error")
	}
}
