package step

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/modcache"
	"github.com/modship-build/modship/internal/step/request"
)

// TestDeceivedGo has a go command that trusts a wrong zip, here because of the .ziphash file beside it.
func TestDeceivedGo(t *testing.T) {
	m := module.Version{Path: "example.org/m", Version: "v1.0.0"}
	const files = "-- go.mod --\nmodule example.org/m\n-- m.go --\npackage m\n"
	sums := publish(t, t.TempDir(), m, files)
	ziphash := strings.Fields(sums)[2]
	source := lay(t, "-- go.work --\ngo 1.26\n\nuse ./a\n-- a/go.mod --\nmodule example.com/a\n\ngo 1.26\n\nrequire example.org/m v1.0.0\n-- a/go.sum --\n"+sums)
	for text, bad := range map[string]bool{"": false, "// tampered\n": true} {
		modCache := t.TempDir()
		downloads := filepath.Join(modCache, modcache.Downloads)
		publish(t, downloads, m, files+text)
		write(t, filepath.Join(downloads, "example.org/m/@v/v1.0.0.ziphash"), ziphash)
		c := container{t: t, env: []string{"GOPROXY=off", "GOSUMDB=off"}}
		said, err := c.try("modules", request.Modules{Work: true, Graph: true}, in(source, request.Source), out(modCache, request.Out))
		if bad != (err != nil) || bad && !strings.Contains(said, "verifying example.org/m@v1.0.0: checksum mismatch") {
			t.Errorf("with %q: %v\n%s", text, err, said)
		}
	}
}
