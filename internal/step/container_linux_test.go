package step

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/modship-build/modship/internal/request"
	"github.com/modship-build/modship/internal/testing/steproot"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// Steps have fixed paths. So each test runs them as the graph does: in a mount namespace with a root of its own. The test
// program starts itself again there, told by this variable what to mount.
const mountsVariable = "MODSHIP_TEST_MOUNTS"

type mount = steproot.Mount

func TestMain(m *testing.M) {
	if text, inside := os.LookupEnv(mountsVariable); inside {
		if err := runInside(text, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// runInside makes the root and runs the step there. args are the root, the name of the step, and what else it wants.
func runInside(text string, args []string) error {
	var mounts []mount
	if err := json.Unmarshal([]byte(text), &mounts); err != nil {
		return err
	}
	if err := steproot.Enter(args[0], mounts); err != nil {
		return fmt.Errorf("making the root of a step: %w", err)
	}
	ctx := context.Background()
	if args[1] == "build -x" {
		req, err := request.Decode[request.Compile](os.LookupEnv)
		if err == nil {
			err = layOut(req.Build)
		}
		if err != nil {
			return err
		}
		env, flags, err := stampVCS(req.VCS)
		if err != nil {
			return err
		}
		flags = append(flags, "-x", "-o", filepath.Join(request.Temp, "program"))
		_, err = goBuild(ctx, req.Build, building{packages: []string{req.Main}, compilers: 1, env: env, flags: flags})
		return err
	}
	if args[1] == "stale" {
		req, err := request.Decode[request.Deps](os.LookupEnv)
		if err == nil {
			err = errors.Join(os.MkdirAll(request.Temp, 0o777), layOut(req.Build)) // as [Run] does
		}
		if err != nil {
			return err
		}
		for _, pkg := range askStale(ctx, req.Build, 1, req.Imports)() {
			fmt.Println(pkg)
		}
		return nil
	}
	return Run(ctx, args[1:])
}

// container holds what the steps of one test read from each other.
type container struct {
	t   *testing.T
	env []string // beside the request
	// root is what the root of the steps holds before, "" for nothing.
	root string
}

// in mounts what a step reads, out what it writes.
func in(from, to string) mount  { return mount{From: from, To: to, ReadOnly: true} }
func out(from, to string) mount { return mount{From: from, To: to} }

// run runs one step and returns what it says; a failure of it ends the test.
func (c container) run(name string, req request.Request, mounts ...mount) string {
	c.t.Helper()
	text, err := c.try(name, req, mounts...)
	if err != nil {
		c.t.Fatalf("step %s: %v\n%s", name, err, text)
	}
	return text
}

func (c container) try(name string, req request.Request, mounts ...mount) (string, error) {
	c.t.Helper()
	self, err := os.Executable()
	if err != nil {
		c.t.Fatal(err)
	}
	if !slices.ContainsFunc(mounts, func(m mount) bool { return m.To == request.GoRoot }) {
		mounts = append(mounts, in(goroot(c.t), request.GoRoot))
	}
	mounts = append(mounts, out("/dev", "/dev"), out("/proc", "/proc"), out(c.t.TempDir(), request.Work))
	text, err := json.Marshal(mounts)
	if err != nil {
		c.t.Fatal(err)
	}
	env, err := request.Env(req)
	if err != nil {
		c.t.Fatal(err)
	}
	root := c.root
	if root == "" {
		root = c.t.TempDir()
	}
	cmd := exec.CommandContext(c.t.Context(), self, root, name)
	cmd.Env = append(append(env, c.env...), mountsVariable+"="+string(text))
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.SysProcAttr = namespaces()
	err = cmd.Run()
	if errors.Is(err, syscall.EPERM) || strings.Contains(said.String(), "making the root of a step: operation not permitted") {
		testbed.Missing(c.t, "the right to mount namespaces (CAP_SYS_ADMIN, or unprivileged user namespaces)")
	}
	return said.String(), err
}

// modship builds the program that cmd/go starts before the linker: static, because the root of a step has no loader.
func modship(t *testing.T) mount {
	t.Helper()
	program := filepath.Join(t.TempDir(), "modship")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../cmd/modship")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building modship: %v\n%s", err, text)
	}
	return in(program, request.Binary)
}

// namespaces are those of a step: its own mounts, and for users who are not root the right to make them.
func namespaces() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	return attr
}

func goroot(t *testing.T) string { return goEnv(t, "GOROOT") }

func goEnv(t *testing.T, name string) string {
	t.Helper()
	text, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}
