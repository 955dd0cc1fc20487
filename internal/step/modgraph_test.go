package step

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/modcache"
	"github.com/modship-build/modship/internal/step/request"
)

// TestVerifyDownloads has a go command that took what the proxy gave: each file of sums in force is one to compare with, and no
// other.
func TestVerifyDownloads(t *testing.T) {
	const right, wrong = "right", "wrong"
	for _, tt := range []struct {
		name string
		work bool
		sums map[string]string
		bad  bool
	}{
		{"a module", false, map[string]string{"go.sum": right}, false},
		{"a module with another sum", false, map[string]string{"go.sum": wrong}, true},
		{"a module in no workspace", false, map[string]string{"go.sum": right, "b/go.sum": wrong, "go.work.sum": wrong}, false},
		{"a module without sums", false, nil, false},
		{"a workspace", true, map[string]string{"a/go.sum": right, "b/go.sum": right}, false},
		{"a workspace with another sum in its second module", true, map[string]string{"b/go.sum": wrong}, true},
		{"a workspace with another sum of its own", true, map[string]string{"go.work.sum": wrong}, true},
		{"a workspace that does not use a module", true, map[string]string{"a/go.sum": right, "c/go.sum": wrong, "go.sum": wrong}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, modCache := module.Version{Path: "example.org/m", Version: "v1.0.0"}, t.TempDir()
			gosum := map[string]string{}
			gosum[right] = publish(t, filepath.Join(modCache, modcache.Downloads), m, "-- go.mod --\nmodule example.org/m\n-- m.go --\npackage m\n")
			gosum[wrong] = publish(t, t.TempDir(), m, "-- go.mod --\nmodule example.org/m\n-- m.go --\npackage m // tampered\n")
			source := lay(t, "-- go.work --\ngo 1.26\n\nuse (\n\t./a\n\t./b\n)\n")
			for name, which := range tt.sums {
				write(t, filepath.Join(source, name), gosum[which])
			}
			err := verifyDownloads(request.Modules{Work: tt.work, Graph: true}, source, modCache)
			if tt.bad != (err != nil) || tt.bad && !strings.Contains(err.Error(), "verifying example.org/m@v1.0.0: checksum mismatch") {
				t.Errorf("got %v", err)
			}
		})
	}
}
