package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/moby/buildkit/session/auth/authprovider"

	"github.com/modship-build/modship/internal/diag"
)

// dockerConfig makes a configuration of Docker what docker's library reads in this test.
func dockerConfig(t *testing.T, text string) {
	t.Helper()
	old := config.Dir()
	t.Cleanup(func() { config.SetDir(old) })
	dir := t.TempDir()
	writeFile(t, dir, "config.json", text)
	config.SetDir(dir)
}

func passwordOf(t *testing.T, r *registries, host string) string {
	t.Helper()
	c, err := r.password(t.Context(), host, nil, func(time.Time, string) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	return c.Username + ":" + c.Password
}

// TestRegistries: what Docker's configuration says counts most, the token of a workflow is for ghcr.io alone, and of what is not found
// nothing is said while no registry wants it.
func TestRegistries(t *testing.T) {
	dockerConfig(t, `{"auths": {"docker.example": {"auth": "bWU6Y2FuYXJ5"}}, "credHelpers": {"helper.example": "missing", "private.example": "missing"}}`)
	t.Setenv("GITHUB_ACTOR", "octo")
	t.Setenv("GITHUB_TOKEN", "workflow")
	var said strings.Builder
	r := newRegistries(&said)
	for host, want := range map[string]string{
		"docker.example": "me:canary", "ghcr.io": "octo:workflow", "ghcr.io.example": ":", "localhost:5001": ":", "helper.example": ":", "private.example": ":", "registry-1.docker.io": ":",
	} {
		if got := passwordOf(t, r, host); got != want {
			t.Errorf("%s: %q, want %q", host, got, want)
		}
	}
	var warnings []string
	warn := func(sentence string) { warnings = append(warnings, sentence) }
	err := r.explain(errors.New("failed to push private.example/app: unexpected status 401 Unauthorized"), warn)
	if len(warnings) != 1 || !strings.Contains(warnings[0], "docker-credential-missing") || !strings.Contains(warnings[0], "helper.example") {
		t.Errorf("warnings are %q", warnings)
	}
	if text := err.Error(); !strings.Contains(text, "401") || !strings.Contains(text, "there is no password for private.example") || !strings.Contains(text, "docker-credential-missing") {
		t.Errorf("the error is %q", text)
	}
	warnings = nil
	if err := r.explain(nil, warn); err != nil || len(warnings) != 2 {
		t.Errorf("%v, %q", err, warnings)
	}
	if err := (*registries)(nil).explain(nil, warn); err != nil {
		t.Error(err)
	}
	if said.Len() > 0 {
		t.Errorf("it says %q", &said)
	}
}

// keychainFunc is a keychain.
type keychainFunc func() (authn.Authenticator, error)

func (f keychainFunc) Resolve(authn.Resource) (authn.Authenticator, error) { return f() }

// TestRegistriesCache: a cloud is asked once until what it has given is old, and again after that.
func TestRegistriesCache(t *testing.T) {
	asked := 0
	r := newRegistries(new(strings.Builder))
	r.docker = func(context.Context, string, []string, authprovider.ExpireCachedAuthCheck) (types.AuthConfig, error) {
		return types.AuthConfig{ServerAddress: "x"}, nil
	}
	r.others = keychainFunc(func() (authn.Authenticator, error) {
		asked++
		return &authn.Basic{Username: "u", Password: fmt.Sprint(asked)}, nil
	})
	if first, second := passwordOf(t, r, "a.example"), passwordOf(t, r, "a.example"); first != "u:1" || second != "u:1" {
		t.Errorf("%q, %q", first, second)
	}
	if c, err := r.password(t.Context(), "a.example", nil, func(at time.Time, _ string) bool { return time.Since(at) < time.Hour }); err != nil || c.Password != "2" {
		t.Errorf("%+v, %v", c, err)
	}
	r.others = keychainFunc(func() (authn.Authenticator, error) { return nil, errors.New("no role") })
	if got := passwordOf(t, r, "b.example"); got != ":" {
		t.Errorf("it is %q", got)
	}
	if diff := cmp.Diff(map[string]string{"b.example": "there is no password for b.example: no role"}, r.lacking()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestNoRegistries: what others say is built without the passwords of this machine.
func TestNoRegistries(t *testing.T) {
	env, _, _ := testEnv(t, nil)
	for _, without := range []bool{false, true} {
		var mistakes diag.List
		j := newJob(t.Context(), env, JobOptions{Source: SourceOptions{Dir: t.TempDir()}, Secrets: SecretOptions{withoutRegistries: without}, Daemon: DaemonOptions{Progress: "plain"}}, false, &mistakes)
		if (j.registries == nil) != without {
			t.Errorf("without %v: %v", without, j.registries)
		}
	}
	if _, err := os.Stat(filepath.Join(os.Getenv("DOCKER_CONFIG"), ".token_seed")); err == nil {
		t.Error("a seed was written before anybody asked")
	}
}
