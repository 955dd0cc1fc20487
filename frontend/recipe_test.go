package frontend

import "testing"

func TestRecipePaths(t *testing.T) {
	for _, c := range []struct{ folder, module, config, context, file string }{
		{".", "", "modship.yaml", "", ""},
		{".", "", "Dockerfile", "", ""},
		{".", "", "", "", ""},
		{".", "", "ci/modship.yaml", "", "ci/modship.yaml"},
		{"svc/api", "", "svc/api/modship.yaml", "svc/api", ""},
		{"svc/api", "", "svc/api/ci/image.yaml", "svc/api", "ci/image.yaml"},
		{"svc/api", "", "svc/apiary/modship.yaml", "svc/api", ""},
		{"svc/api", "", "ci/modship.yaml", "svc/api", ""},
		{".", "svc/api", "svc/api/modship.yaml", "", ""},
		{".", "svc/api", "svc/api/Dockerfile", "", ""},
		{".", "svc/api", "modship.yaml", "", "modship.yaml"},
		{"svc", "api", "svc/api/modship.yaml", "svc", ""},
		{"svc", "api", "svc/api/cmd/x/modship.yaml", "svc", "api/cmd/x/modship.yaml"},
		{"..", "", "modship.yaml", "", ""},
		{"/etc", "", "modship.yaml", "", ""},
	} {
		if context, file := recipePaths(c.folder, c.module, c.config); context != c.context || file != c.file {
			t.Errorf("%q in %q: %q in %q, want %q in %q", c.config, c.folder, file, context, c.file, c.context)
		}
	}
}
