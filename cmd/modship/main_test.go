package main

import (
	"errors"
	"os"
	"os/exec"
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
