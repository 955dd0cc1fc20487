package config_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/config"
)

var (
	settingName = regexp.MustCompile(`\{Name: "([a-z0-9]+)"`)
	runtimeName = regexp.MustCompile(`(?m)^\t\{name: "([a-z0-9]+)"`)
)

// TestDebugSettings reads the settings in the source of the Go that runs the test.
func TestDebugSettings(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	src := filepath.Join(strings.TrimSpace(string(out)), "src")
	for file, form := range map[string]*regexp.Regexp{"internal/godebugs/table.go": settingName, "runtime/runtime1.go": runtimeName} {
		text, err := os.ReadFile(filepath.Join(src, file))
		if err != nil {
			t.Fatal(err)
		}
		names := form.FindAllStringSubmatch(string(text), -1)
		if len(names) < 20 {
			t.Fatalf("%s has %d settings: it is written in another way", file, len(names))
		}
		for _, m := range names {
			if _, unknown := config.UnknownDebug(m[1]); unknown {
				t.Errorf("%s of %s is not known: add it", m[1], file)
			}
		}
	}
	for name, want := range map[string]bool{"http2clinet": true, "HTTP2client": true, "": true, "cpu.avx2": false, "allocfreetrace": false} {
		if _, unknown := config.UnknownDebug(name); unknown != want {
			t.Errorf("%q is unknown: %t", name, unknown)
		}
	}
	if help, _ := config.UnknownDebug("http2clinet"); !strings.Contains(help, `"http2client"`) {
		t.Errorf("help is %q", help)
	}
}
