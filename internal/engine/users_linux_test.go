package engine

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"

	"golang.org/x/sys/unix"

	"github.com/modship-build/modship/internal/localfile"
	"github.com/modship-build/modship/internal/stepnet"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// somebody is a user who is not root, with a client. The home is the cache directory as well.
type somebody struct {
	*testbed.User
	t       *testing.T
	program string
	// before are commands of root's, before the user's.
	before string
	path   string
}

// newSomebody is a user with the tools of the test cache.
func newSomebody(t *testing.T) *somebody {
	t.Helper()
	needDaemon(t)
	if os.Geteuid() != 0 {
		testbed.Missing(t, "the rights of root, to be somebody else")
	}
	for program, debianPackage := range testbed.UserPrograms {
		if _, err := lookPath(program); err != nil {
			testbed.Missing(t, "%s (Debian: %s)", program, debianPackage)
		}
	}
	bin, err := Tools(t.Context(), testCache(t), testLog{t}, "buildkitd")
	if err != nil {
		t.Fatal(err)
	}
	user, err := testbed.NewUser()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := user.Remove(); err != nil {
			t.Error(err)
		}
	})
	u := &somebody{User: user, t: t, program: filepath.Join(user.Dir, "client"), path: os.Getenv("PATH")}
	tools := filepath.Join(u.Dir, "tools", filepath.Base(filepath.Dir(bin)), "bin")
	if err := errors.Join(localfile.Copy("/proc/self/exe", u.program), os.Chmod(u.program, 0o755),
		folder(tools, 0o755, 0), localfile.Copy(filepath.Join(bin, "buildkitd"), filepath.Join(tools, "buildkitd")),
		os.Chmod(filepath.Join(tools, "buildkitd"), 0o755), os.Symlink(filepath.Join(u.Dir, "tools"), filepath.Join(u.Home, "tools"))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		eventually(t, "all processes end", func() bool { return len(processes(t, u.Dir)) == 0 })
		leavesNothing(t, u.Dir)
	})
	return u
}

// command is a client of the user's, see clientMode.
func (u *somebody) command(does string) *exec.Cmd {
	cmd := u.Command(context.WithoutCancel(u.t.Context()), u.before, u.program)
	cmd.Env = []string{"PATH=" + u.path, "HOME=" + u.Home, clientMode + "=" + u.Home, clientDoes + "=" + does}
	return cmd
}

// connect starts the daemon of the user, and is its client for as long as the test runs. said is what the user is told.
func (u *somebody) connect() (e *Engine, said string) {
	u.t.Helper()
	cmd := u.command("")
	var stderr testbed.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		u.t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		u.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		u.t.Fatal(err)
	}
	u.t.Cleanup(func() {
		stdin.Close()
		cmd.Wait()
		if out, err := u.command("stop").CombinedOutput(); err != nil {
			u.t.Errorf("stopping the daemon: %v\n%s", err, out)
		}
	})
	addr, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) || addr == "" {
		u.t.Fatalf("%v\n%s", err, &stderr)
	}
	// The user's socket may lie on what is mounted for the user alone.
	e = connect(u.t, fmt.Sprintf("unix:///proc/%d/root%s", cmd.Process.Pid, socketPath(strings.TrimSpace(addr))))
	e.network = filepath.Join(filepath.Dir(socketPath(e.Addr)), networkSocket)
	return e, stderr.String()
}

func (u *somebody) inspect() (info Info) {
	u.t.Helper()
	out, err := u.command("inspect").Output()
	if err == nil {
		err = json.Unmarshal(out, &info)
	}
	if err != nil {
		u.t.Fatal(err)
	}
	return info
}

// TestWithoutRoot: a user who is not root has a private daemon that can do what root's can.
func TestWithoutRoot(t *testing.T) {
	u := newSomebody(t)
	snapshotter := "overlayfs"
	if fs := (unix.Statfs_t{}); unix.Statfs(u.Home, &fs) == nil && fs.Type == unix.OVERLAYFS_SUPER_MAGIC {
		snapshotter = "native" // the kernel lays no overlay over the upper folder of another
	}
	e, said := u.connect()
	if want := "runs without root, as user " + u.Name + "; its snapshotter is " + snapshotter; !strings.Contains(said, want) {
		t.Errorf("it says\n%s\nand not %q", said, want)
	}
	if got := solveFile(t, e.Client(), "hello"); got != "hello" {
		t.Errorf("got %q", got)
	}
	if diff := cmp.Diff([]string{"interface lo"}, probeStep(t, e, stepnet.Settings{}, []string{"tcp=127.0.0.1:1"})); diff != "" {
		t.Errorf("what a step reaches (-want +got):\n%s", diff)
	}
	if err := chownStep(t, e.Client(), 1001); err != nil {
		t.Errorf("files of another user: %v", err)
	}
	info := u.inspect()
	if !info.Running || !info.Rootless || !info.InUse || info.Snapshotter != snapshotter || info.Size == 0 {
		t.Errorf("status: %+v", info)
	}
	for _, pid := range processes(t, filepath.Join(u.Home, "engine")) {
		if uid := owner(t, pid); uid != u.ID {
			t.Errorf("process %s belongs to user %d", pid, uid)
		}
	}
	if st, err := os.Stat(info.State); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("the state is not private: %v, %v", st.Mode(), err)
	}
}

// chownStep has a layer with a file of another user.
func chownStep(t *testing.T, c *client.Client, uid int) error {
	def, err := llb.Scratch().File(llb.Mkfile("f", 0o600, []byte("x"), llb.WithUIDGID(uid, uid))).Marshal(t.Context(), llb.LinuxAmd64)
	if err != nil {
		return err
	}
	_, err = c.Solve(t.Context(), def, client.SolveOpt{}, nil)
	return err
}

func owner(t *testing.T, pid string) int {
	t.Helper()
	text, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\nUid:\t")
	first, _, _ := strings.Cut(rest, "\t")
	uid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	return uid
}

// TestWithoutRootLeavesNoOrphan: also across the user namespace, the end of the supervisor is that of everything.
func TestWithoutRootLeavesNoOrphan(t *testing.T) {
	u := newSomebody(t)
	e, _ := u.connect()
	step := hang(t, e.Client())
	info := u.inspect()
	supervisor, err := identify(info.Supervisor)
	if err != nil {
		t.Fatal(err)
	}
	kill(t, supervisor)
	eventually(t, "the build step ends", func() bool { return len(processes(t, step)) == 0 })
	eventually(t, "the daemon ends", func() bool { return len(processes(t, info.State+"/root")) == 0 })
	if again := u.inspect(); again.Running || again.Size == 0 {
		t.Errorf("status: %+v", again)
	}
}

// TestWithoutOverlay: where the kernel cannot lay layers over each other, they are copied, and the user is told why.
func TestWithoutOverlay(t *testing.T) {
	u := newSomebody(t)
	layers := filepath.Join(u.Dir, "layers")
	if err := errors.Join(folder(filepath.Join(layers, "u"), 0o700, u.ID), folder(filepath.Join(layers, "w"), 0o755, 0)); err != nil {
		t.Fatal(err)
	}
	u.before = fmt.Sprintf("mount -t overlay -o lowerdir=%s,upperdir=%s/u,workdir=%s/w overlay %s", u.Home, layers, layers, u.Home)
	e, said := u.connect()
	if want := "(snapshotter native): mounting an overlay in " + u.Home; !strings.Contains(said, want) {
		t.Errorf("it says\n%s\nand not %q", said, want)
	}
	if got := solveFile(t, e.Client(), "hello"); got != "hello" {
		t.Errorf("got %q", got)
	}
}

// TestWithoutRootNeeds: what is missing is named, all of it, with what mends it.
func TestWithoutRootNeeds(t *testing.T) {
	files := map[string]string{
		"/etc/subuid": "ann:100000:65536\nbob:165536:65536\n", "/etc/subgid": "1000:100000:65536\n",
		"/proc/sys/user/max_user_namespaces": "96364\n",
	}
	good := host{uid: 1000, gid: 1000, name: "ann", lookPath: func(name string) (string, error) { return "/usr/bin/" + name, nil },
		readFile: func(name string) ([]byte, error) {
			if text, ok := files[name]; ok {
				return []byte(text), nil
			}
			return nil, fs.ErrNotExist
		}}
	want := &users{Name: "ann", UID: 1000, GID: 1000, UIDMapper: "/usr/bin/newuidmap", GIDMapper: "/usr/bin/newgidmap",
		UIDs: []idRange{{100000, 65536}}, GIDs: []idRange{{100000, 65536}}}
	if got, err := good.users(); err != nil || !cmp.Equal(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := (host{}).users(); got != nil || err != nil {
		t.Errorf("root: %+v, %v", got, err)
	}
	files["/proc/sys/user/max_user_namespaces"] = "0\n"
	files["/proc/sys/kernel/unprivileged_userns_clone"] = "0\n"
	files["/etc/subgid"] = "ann:100000:1000\n"
	bad := good
	bad.name = "carl"
	bad.lookPath = func(string) (string, error) { return "", exec.ErrNotFound }
	_, err := bad.users()
	for _, says := range []string{
		"user 1000, who is not root", "newuidmap", "newgidmap", "apt-get install uidmap",
		"usermod --add-subuids 231072-296607 carl", "usermod --add-subgids 101000-166535 carl",
		"sysctl -w user.max_user_namespaces=28633", "sysctl -w kernel.unprivileged_userns_clone=1", "BUILDKIT_HOST",
	} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v does not say %q", err, says)
		}
	}
}

// TestWithoutRootRefused: what the machine refuses is found out before anything is built, and told with what helps.
func TestWithoutRootRefused(t *testing.T) {
	u := newSomebody(t)
	if err := os.Remove(filepath.Join(u.Home, "tools")); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ before, says string }{
		"no range":      {fmt.Sprintf("umount /etc/subuid; mount --bind %s/group /etc/subuid", u.Dir), "usermod --add-subuids"},
		"no namespaces": {"mount --bind " + filepath.Join(u.Dir, "zero") + " /proc/sys/user/max_user_namespaces", "sysctl -w user.max_user_namespaces"},
		"no rights":     {"mount -o remount,bind,nosuid /usr/bin 2>/dev/null || { mount --bind /usr/bin /usr/bin; mount -o remount,bind,nosuid /usr/bin; }", "newuidmap"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(filepath.Join(u.Dir, "zero"), []byte("0\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			v := *u
			v.t, v.before = t, test.before
			out, err := v.command("").CombinedOutput()
			if err == nil || !strings.Contains(string(out), test.says) {
				t.Errorf("%v\n%s", err, out)
			}
			if strings.Contains(string(out), "building") {
				t.Errorf("something is built first:\n%s", out)
			}
		})
	}
}

// TestAppArmor: a failure that AppArmor may have caused is told with how to allow it.
func TestAppArmor(t *testing.T) {
	h := host{uid: 1000, readFile: func(string) ([]byte, error) { return []byte("1\n"), nil }}
	err := h.check(&users{UIDMapper: "/bin/false", GIDMapper: "/bin/false"})
	if err == nil || !strings.Contains(err.Error(), "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0") {
		t.Errorf("got %v", err)
	}
}
