package engine

import (
	"bytes"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship-build/modship/internal/testing/diagtest"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// TestAdvice: whoever does as a message says does not meet it again, nor another before a daemon is asked or started.
func TestAdvice(t *testing.T) {
	if os.Geteuid() != 0 {
		testbed.Missing(t, "the rights of root")
	}
	var followed []string
	differs := func(wrong, right error) {
		t.Helper()
		if wrong == nil {
			t.Fatal("there is nothing wrong")
		}
		followed = append(followed, wrong.Error())
		if right != nil {
			t.Errorf("%v, and then %v", wrong, right)
		}
	}
	for _, addr := range []string{"unix:///PATH", "tcp://127.0.0.1:1", "docker-container://NAME"} {
		_, wrong := connectAddr(t.Context(), Options{}, "localhost:1234", "")
		scheme, _, _ := strings.Cut(addr, "://")
		if wrong == nil || !strings.Contains(wrong.Error(), scheme+"://") {
			t.Errorf("%v does not name %s", wrong, scheme)
		}
		if strings.Contains(addr, "docker") {
			continue // a program of Docker
		}
		if _, next := connectAddr(t.Context(), Options{}, addr, ""); next == nil || !strings.Contains(next.Error(), "connecting to BuildKit at "+addr) {
			t.Errorf("%v, and then %v", wrong, next)
		}
		followed = append(followed, wrong.Error())
	}
	addr, _ := refusing(t)
	_, named := Connect(t.Context(), Options{Addr: addr})
	_, searched := Connect(t.Context(), Options{Getenv: env(nil)}) // which looks on, and ends where there is no folder for one
	if _, ok := errors.AsType[*noCacheDir](searched); !ok {
		t.Errorf("%v, and then %v", named, searched)
	}
	differs(named, nil)

	path := func(scripts map[string]string) error {
		_, _, err := preflight(t.Context(), pathWith(t, scripts).lookPath)
		return err
	}
	installed := path(map[string]string{"runc": "echo runc version 1.1.5+ds1; echo commit: 1.1.5+ds1-1+deb12u1; echo libseccomp: 2.5.4"}) // Debian 12
	differs(path(nil), installed)
	differs(path(map[string]string{"runc": "echo runc version 1.3.3"}), installed)
	differs(path(map[string]string{"runc": "echo runc version 1.1.11; echo libseccomp: 2.5.4"}), installed)
	_, warning, err := preflight(t.Context(), pathWith(t, map[string]string{"runc": "echo runc version 1.1.4-0ubuntu1; echo libseccomp: 2.5.4"}).lookPath)
	if err != nil {
		t.Error(err)
	}
	followed = append(followed, warning)

	dir := ownDir(t)
	open := filepath.Join(dir, "open")
	if err := folder(open, 0o777, 0); err != nil {
		t.Fatal(err)
	}
	_, foreign := ownFolder(filepath.Join(open, "modship"))
	_, own := ownFolder(filepath.Join(dir, "own", "modship"))
	differs(foreign, own)
	o := pathWith(t, nil)
	o.CacheDir = ""
	_, homeless := connectPrivate(t.Context(), o)
	o.CacheDir = ownDir(t)
	if _, next := connectPrivate(t.Context(), o); !errors.Is(next, ErrNoRunc) {
		t.Errorf("%v, and then %v", homeless, next)
	}
	differs(homeless, nil)

	_, goless := findTools(t.Context(), toolRequest{daemonTools(), t.TempDir(), nil, []string{"crane"}, noPath, false})
	differs(goless, followRunning(t))
	followed = append(followed, followPlain(t))
	_, senseless := limitFor(Options{Getenv: env(map[string]string{KeepVariable: "much"})}, dir)
	_, sized := limitFor(Options{Getenv: env(map[string]string{KeepVariable: "20GB"})}, dir)
	differs(senseless, sized)
	differs(followUsers(), nil)
	differs(followAppArmor(), nil)
	o = pathWith(t, nil)
	bare := ownRunc(t.Context(), o, ErrNoRunc)
	o = pathWith(t, map[string]string{"gcc": "", "pkg-config": ""})
	differs(bare, ownRunc(t.Context(), o, ErrNoRunc))
	diagtest.Advice(t, ".", followed, map[string]string{
		"no BuildKit found, and a private one runs on Linux only; name a running one (--addr or BUILDKIT_HOST), or start Docker": "it is for other systems; TestNamedAddressIsTheOnlyOneTried and TestDockersBuildKit follow it",
		ErrInUse.Error(): "TestStop follows it",
	})
}

// followPlain: of the addresses that a warning names none is warned of.
func followPlain(t *testing.T) string {
	t.Helper()
	var said bytes.Buffer
	o := Options{Progress: &said}
	o.warnOfPlain("tcp://build.example:1234")
	warning := said.String()
	for _, addr := range []string{"unix://", "ssh://", "docker-container://"} {
		if !strings.Contains(warning, addr) {
			t.Errorf("%q does not name %s", warning, addr)
		}
		o.warnOfPlain(addr + "build.example")
	}
	if again := strings.TrimPrefix(said.String(), warning); again != "" {
		t.Errorf("%s, and then %s", warning, again)
	}
	return warning
}

// followRunning has a named BuildKit asked, whatever a private one lacks.
func followRunning(t *testing.T) error {
	t.Helper()
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	_, err = Connect(t.Context(), Options{Addr: "unix://" + l.Addr().String(), Getenv: env(nil)})
	if err == nil || !strings.Contains(err.Error(), "connecting to BuildKit at unix://") {
		return errors.Join(errors.New("the named one is not asked"), err)
	}
	return nil
}

// followUsers gives what a user is told on a machine that lacks everything, or why one is not content with a machine that has it.
func followUsers() error {
	machine := map[string]string{"/etc/subuid": "", "/etc/subgid": "", "/proc/sys/user/max_user_namespaces": "0", "/proc/sys/kernel/unprivileged_userns_clone": "0"}
	h := host{uid: 1000, name: "ann", lookPath: noPath, readFile: func(name string) ([]byte, error) { return []byte(machine[name]), nil }}
	_, lacking := h.users()
	h.lookPath = func(name string) (string, error) { return "/usr/bin/" + name, nil }
	machine["/etc/subuid"], machine["/etc/subgid"] = "ann:100000:65536\n", "ann:100000:65536\n"
	machine["/proc/sys/user/max_user_namespaces"], machine["/proc/sys/kernel/unprivileged_userns_clone"] = "28633", "1"
	if _, err := h.users(); err != nil {
		return nil
	}
	return lacking
}

// followAppArmor gives what a user is told where AppArmor may be the reason.
func followAppArmor() error {
	setting := "1"
	h := host{uid: 1000, readFile: func(string) ([]byte, error) { return []byte(setting), nil }}
	useless := &users{UIDMapper: "/bin/false", GIDMapper: "/bin/false"}
	refused := h.check(useless)
	setting = "0"
	if err := h.check(useless); err == nil || strings.Contains(err.Error(), "AppArmor") {
		return nil
	}
	return refused
}
