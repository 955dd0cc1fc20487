package modproxytest_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/mod/module"

	"github.com/modship-build/modship/internal/testing/golden"
	"github.com/modship-build/modship/internal/testing/modproxytest"
)

// TestForGo has cmd/go download modules, one of them without a go.mod, and say what it would write into go.sum.
func TestForGo(t *testing.T) {
	for path, files := range map[string]string{
		"example.org/Upper": "-- go.mod --\nmodule example.org/Upper\n\ngo 1.26\n-- a.go --\npackage a\n-- sub/go.mod --\nmodule sub\n",
		"example.org/old":   "-- a.go --\npackage a\n-- sub/b.go --\npackage b\n",
	} {
		m, proxy := module.Version{Path: path, Version: "v1.0.0-RC"}, t.TempDir()
		made := modproxytest.New(t, m, golden.Parse(t, files).FS())
		if err := os.CopyFS(proxy, made.Files); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", m.String())
		cmd.Dir = proxy
		cmd.Env = append(os.Environ(), "GOPROXY=file://"+proxy, "GOMODCACHE="+t.TempDir(), "GOFLAGS=-modcacherw", "GONOPROXY=none", "GOSUMDB=off")
		said, err := cmd.Output()
		var got struct{ Sum, GoModSum string }
		if jsonErr := json.Unmarshal(said, &got); err != nil || jsonErr != nil {
			t.Fatalf("%v, %v, %s", err, jsonErr, said)
		}
		if want := m.Path + " " + m.Version + " " + got.Sum + "\n" + m.Path + " " + m.Version + "/go.mod " + got.GoModSum + "\n"; made.Sums != want {
			t.Errorf("got\n%swant\n%s", made.Sums, want)
		}
	}
}
