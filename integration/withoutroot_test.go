//go:build linux

package integration

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/engine"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// withoutRoot opens a terminal of somebody who has neither Docker nor the rights of root, in a checkout.
func (n *newcomer) withoutRoot(t *testing.T) (x *terminal, checkout string) {
	t.Helper()
	for program, debianPackage := range testbed.UserPrograms {
		need(t, program, debianPackage)
	}
	u, err := testbed.NewUser()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := u.Remove(); err != nil {
			t.Error(err)
		}
	})
	checkout = filepath.Join(u.Home, "modship")
	freshCheckout(t, checkout)
	mustRun(t, checkout, nil, "chown", "-R", fmt.Sprint(u.ID), ".")
	n.giveTools(t, u)
	cmd := u.Command(context.WithoutCancel(t.Context()), giveCaches(t, u), "bash", "--noprofile", "--norc")
	cmd.Env = n.environmentOf(t, u)
	n.theirs = append(n.theirs, u.Home, "~")
	x = openShell(t, cmd)
	if said, code, _ := x.types(t, "cd "+checkout); code != 0 {
		t.Fatal(said)
	}
	x.endsPrivate(t, checkout)
	return x, checkout
}

// giveTools gives the user the tools of the private BuildKit, which only root can write.
func (n *newcomer) giveTools(t *testing.T, u *testbed.User) {
	t.Helper()
	bin, err := engine.Tools(t.Context(), n.cache, os.Stderr, "buildkitd")
	if err != nil {
		t.Fatal(err)
	}
	tools := filepath.Join(u.Dir, "tools", filepath.Base(filepath.Dir(bin)))
	mustRun(t, u.Dir, nil, "mkdir", "-p", tools, filepath.Join(u.Home, ".cache/modship"))
	mustRun(t, u.Dir, nil, "cp", "-r", bin, tools)
	mustRun(t, u.Dir, nil, "ln", "-s", filepath.Join(u.Dir, "tools"), filepath.Join(u.Home, ".cache/modship/tools"))
	mustRun(t, u.Home, nil, "chown", "-R", "-h", fmt.Sprint(u.ID), ".cache")
}

// giveCaches gives the user what Go has compiled and fetched for root, as hard links in folders of the user's own and by a mount, for which the
// commands are given.
func giveCaches(t *testing.T, u *testbed.User) (mounts string) {
	t.Helper()
	compiled, err := goEnv("GOCACHE")
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(u.Home, ".cache", "go-build")
	if out, code := run(t, exec.CommandContext(t.Context(), "cp", "-al", compiled, own)); code != 0 {
		missing(t, "one file system for "+u.Dir+" and the cache of the go command: "+strings.TrimSpace(out))
	}
	mustRun(t, own, nil, "find", ".", "-type", "d", "-exec", "chown", fmt.Sprint(u.ID), "{}", "+")
	modules, err := goEnv("GOMODCACHE")
	if err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(u.Home, "go/pkg/mod")
	mustRun(t, u.Home, nil, "mkdir", "-p", at)
	return fmt.Sprintf("mount --bind %s %s\nmount -o remount,bind,ro %[2]s", modules, at)
}

// environmentOf is that of the user, with the settings of Go that root may have in a file.
func (n *newcomer) environmentOf(t *testing.T, u *testbed.User) []string {
	t.Helper()
	env := slices.DeleteFunc(slices.Clone(n.without), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{"HOME", "USER", "LOGNAME", "GOCACHE", "GOMODCACHE"}, name)
	})
	for _, name := range []string{"GOFLAGS", "GOTOOLCHAIN", "GOPROXY", "GONOPROXY", "GOPRIVATE", "GOSUMDB", "GONOSUMDB"} {
		value, err := goEnv(name)
		if err != nil {
			t.Fatal(err)
		}
		env = append(env, name+"="+value)
	}
	return append(env, "HOME="+u.Home, "USER="+u.Name)
}
