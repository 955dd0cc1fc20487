package frontend

import "testing"

func TestRecipePaths(t *testing.T) {
	for _, c := range []struct{ folder, config, context, file string }{
		{".", "modship.yaml", "", ""},
		{".", "Dockerfile", "", ""},
		{".", "", "", ""},
		{".", "ci/modship.yaml", "", "ci/modship.yaml"},
		{"svc/api", "svc/api/modship.yaml", "svc/api", ""},
		{"svc/api", "svc/api/ci/image.yaml", "svc/api", "ci/image.yaml"},
		{"svc/api", "svc/apiary/modship.yaml", "svc/api", ""},
		{"svc/api", "ci/modship.yaml", "svc/api", ""},
		{"..", "modship.yaml", "", ""},
		{"/etc", "modship.yaml", "", ""},
	} {
		if context, file := recipePaths(c.folder, c.config); context != c.context || file != c.file {
			t.Errorf("%q in %q: %q in %q, want %q in %q", c.config, c.folder, file, context, c.file, c.context)
		}
	}
}
