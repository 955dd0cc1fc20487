package step

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/target"
)

// TestFaultyGo: whatever image a Go comes from, one with a known fault compiles no C.
func TestFaultyGo(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "VERSION"), "go1.22.12\n")
	b := request.Build{Target: target.Target{OS: "linux", Arch: runtime.GOARCH}, Cgo: &request.Cgo{}}
	c := container{t: t}
	for name, req := range map[string]request.Request{
		"deps":    request.Deps{Build: b, Imports: []string{"errors"}},
		"compile": request.Compile{Build: b, Main: "example.com/app", Path: "app"},
	} {
		text, err := c.try(name, req, in(root, request.GoRoot), in(lay(t, app), request.Source), out(t.TempDir(), request.Out), out(t.TempDir(), request.GoCache),
			in(t.TempDir(), request.ModCache))
		if err == nil || !strings.Contains(text, "Go 1.22.12 does not compile C safely: CVE-2025-61731") {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}
