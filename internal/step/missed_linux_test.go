package step

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/target"
)

// TestMissedPackage analyzes an import of a file for which only the toolchain's own experiments ask: what is unpacked at first
// lacks the package.
func TestMissedPackage(t *testing.T) {
	tag := ""
	tags, err := exec.Command("go", "list", "-f", "{{range context.ToolTags}}{{.}} {{end}}", "unsafe").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range strings.Fields(string(tags)) {
		if strings.HasPrefix(f, "goexperiment.") {
			tag = f
		}
	}
	if tag == "" {
		t.Skipf("the toolchain has no experiment by default: %s", tags)
	}
	m := module.Version{Path: "example.org/m", Version: "v1.0.0"}
	zips := t.TempDir()
	sums := publish(t, zips, m, "-- go.mod --\nmodule example.org/m\n\ngo 1.26\n-- m.go --\npackage m\n-- missed/missed.go --\npackage missed\n"+
		"-- more.go --\n//go:build "+tag+"\n\npackage m\n\nimport _ \"example.org/m/missed\"\n")
	mods := lay(t, "-- go.mod --\nmodule example.com/app\n\ngo 1.26\n\nrequire example.org/m v1.0.0\n-- go.sum --\n"+sums)
	c := container{t: t, env: []string{"GOPROXY=off", "GOSUMDB=off"}}
	modules, analyzed := t.TempDir(), t.TempDir()
	c.run("modules", modulesOf(t, mods, tableOf(t, mods, "")), out(zips, request.Zips), out(modules, request.Out))
	b := request.Build{Target: target.Target{OS: "linux", Arch: runtime.GOARCH}}
	c.run("analyze", analyzeOf(tableOf(t, mods, ""), b, "example.org/m"),
		append(fetched(modules), in(mods, request.Source), out(analyzed, request.Out), out(t.TempDir(), request.Said))...)
	kept := filepath.Join(analyzed, request.AnalyzedDir(b.Target), "modcache/example.org/m@v1.0.0")
	for _, name := range []string{"m.go", "more.go", "missed/missed.go"} {
		if _, err := os.Stat(filepath.Join(kept, name)); err != nil {
			t.Error(err)
		}
	}
}
