package main

import (
	"errors"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary the command modship of the scripts. They find neither a BuildKit nor a Docker, and no right
// to start one.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"modship": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(e *testscript.Env) error {
			e.Setenv("BUILDKIT_HOST", "unix://"+e.WorkDir+"/nobody")
			e.Setenv("DOCKER_CONFIG", e.WorkDir)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": status},
	})
}

// status runs modship and compares its exit code: status CODE [ARG...]. Its output is for the commands stdout and stderr.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: status CODE [ARG...]")
	}
	got := 0
	if err := ts.Exec("modship", args[1:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("running modship: %v", err)
		}
		got = exit.ExitCode()
	}
	if want := args[0]; want != strconv.Itoa(got) {
		ts.Fatalf("exit code %d, want %s", got, want)
	}
}

func TestFormatVersion(t *testing.T) {
	info := &debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{
		{Key: "GOOS", Value: "linux"}, {Key: "GOARCH", Value: "arm64"},
	}}
	if got, want := formatVersion(info), "modship v1.2.3 (go1.26.8, linux/arm64)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	info.Deps = []*debug.Module{{Path: "example.com/other", Version: "v1.0.0"}, {Path: "github.com/moby/buildkit", Version: "v0.33.1"}}
	if got, want := formatVersion(info), "modship v1.2.3 (go1.26.8, linux/arm64, BuildKit v0.33.1)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	info.Deps = nil
	info.Main.Version = ""
	info.Settings = append(info.Settings, debug.BuildSetting{Key: "vcs.revision", Value: "abc"}, debug.BuildSetting{Key: "vcs.modified", Value: "true"})
	if got, want := formatVersion(info), "modship (devel) (go1.26.8, linux/arm64, abc, modified)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
