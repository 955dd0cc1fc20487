package cli

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/engine"
)

var someBuilders = []engine.Found{
	{Name: "colima", Driver: "docker", Endpoints: []string{"unix:///c.sock"}, State: "running", Version: "v0.33.0", Store: "containerd",
		Platforms: []string{"linux/arm64", "linux/amd64", "linux/arm/v7", "linux/386"}},
	{Name: "ship", Driver: "remote", Endpoints: []string{"tcp://a:1", "tcp://b:1"}, State: "error", Error: "no\nanswer"},
	{Name: "private", Driver: "private", State: "stopped"},
}

// TestBuilders: a table for people says which one is used and what is wrong with others; JSON has the same.
func TestBuilders(t *testing.T) {
	const table = `NAME     DRIVER   STATE    BUILDKIT  STORE       PLATFORMS                                         WHERE
*  colima   docker   running  v0.33.0   containerd  linux/arm64,linux/amd64,linux/arm/v7 and 1 more   unix:///c.sock
-  ship     remote   error    -         -           -                                                 tcp://a:1 tcp://b:1
-  private  private  stopped  -         -           -                                                 -

ship: no answer
modship build uses colima: the current context of docker
`
	env, stdout, _ := testEnv(t, nil)
	var given DaemonOptions
	found := append([]engine.Found(nil), someBuilders...)
	found[0].Used, found[0].Why = true, "the current context of docker"
	env.Builders = func(_ context.Context, o DaemonOptions) ([]engine.Found, error) {
		given = o
		return found, nil
	}
	if err := builders(t.Context(), env, DaemonOptions{Builder: "colima"}, "text"); err != nil || given.Builder != "colima" {
		t.Errorf("%v, asked for %+v", err, given)
	}
	if diff := cmp.Diff(strings.Fields(strings.ReplaceAll(table, "\n-", "\n")), strings.Fields(stdout.String())); diff != "" {
		t.Errorf("(-want +got):\n%s\n%s", diff, stdout)
	}
	stdout.Reset()
	if err := builders(t.Context(), env, DaemonOptions{}, "json"); err != nil {
		t.Error(err)
	}
	var got []engine.Found
	if err := json.Unmarshal(stdout.Bytes(), &got); err != nil || cmp.Diff(found, got) != "" {
		t.Errorf("%v: %s", err, stdout)
	}
}

// TestBuildersExit: without one to use the exit code says so, as it does of a name that nobody has.
func TestBuildersExit(t *testing.T) {
	for _, tt := range []struct {
		want  int
		o     DaemonOptions
		found []engine.Found
		err   error
	}{
		{ExitNoBuildKit, DaemonOptions{}, someBuilders, nil},
		{ExitUsage, DaemonOptions{Builder: "x"}, nil, &diag.Error{Msg: "there is no x"}},
		{ExitUsage, DaemonOptions{Builder: "x", Addr: "unix:///y"}, someBuilders, nil},
	} {
		env, _, _ := testEnv(t, nil)
		env.Builders = func(context.Context, DaemonOptions) ([]engine.Found, error) { return tt.found, tt.err }
		err := builders(t.Context(), env, tt.o, "text")
		exit, ok := errors.AsType[*ExitError](err)
		if !ok || exit.Code != tt.want {
			t.Errorf("got %v, want the exit code %d", err, tt.want)
		}
	}
}
