package engine

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/moby/sys/user"
	"golang.org/x/sys/unix"

	"github.com/modship-build/modship/internal/child"
)

// A daemon of a user who is not root runs in a user namespace, user_namespaces(7): that user is root there, and the other users that
// files of images belong to are those that the machine has set apart for the user, subuid(5). Two programs of the machine with the rights
// to do so, newuidmap(1) and newgidmap(1), say so to the kernel.

// users is how a user becomes root of a user namespace. Nil is for root, who needs none.
type users struct {
	Name string `json:"name"`
	UID  int    `json:"uid"`
	GID  int    `json:"gid"`
	// UIDMapper and GIDMapper are the paths of newuidmap and newgidmap.
	UIDMapper string    `json:"uidMapper"`
	GIDMapper string    `json:"gidMapper"`
	UIDs      []idRange `json:"uids"`
	GIDs      []idRange `json:"gids"`
}

// idRange are users, or groups, that are set apart for a user.
type idRange struct {
	First int64 `json:"first"`
	Count int64 `json:"count"`
}

// leastIDs is how many users, and groups, an image may expect.
const leastIDs = 65536

// host is what the machine says of users who are not root.
type host struct {
	uid, gid int
	name     string
	lookPath func(string) (string, error)
	readFile func(string) ([]byte, error)
}

func (o Options) host() host {
	h := host{uid: os.Geteuid(), gid: os.Getegid(), lookPath: o.lookPath, readFile: os.ReadFile}
	if u, err := osuser.LookupId(strconv.Itoa(h.uid)); err == nil {
		h.name = u.Username
	}
	return h
}

// users says what is missing on the machine, all of it.
func (h host) users() (*users, error) {
	if h.uid == 0 {
		return nil, nil
	}
	u := &users{Name: cmp.Or(h.name, strconv.Itoa(h.uid)), UID: h.uid, GID: h.gid}
	missing := h.checkKernel()
	for _, m := range []struct {
		name string
		path *string
	}{{"newuidmap", &u.UIDMapper}, {"newgidmap", &u.GIDMapper}} {
		path, err := h.lookPath(m.name)
		if err != nil {
			missing = append(missing, fmt.Errorf("there is no %s in PATH; install it (Debian and Ubuntu: apt-get install uidmap)", m.name))
		}
		*m.path = path
	}
	for _, m := range []struct {
		file, what, flag string
		ranges           *[]idRange
	}{{"/etc/subuid", "users", "--add-subuids", &u.UIDs}, {"/etc/subgid", "groups", "--add-subgids", &u.GIDs}} {
		own, next := h.ranges(m.file)
		if count(own) < leastIDs {
			missing = append(missing, fmt.Errorf("%s sets no %d %s apart for %s; give some (usermod %s %d-%d %s)",
				m.file, leastIDs, m.what, u.Name, m.flag, next, next+leastIDs-1, u.Name))
		}
		*m.ranges = own
	}
	if len(missing) > 0 {
		return nil, &rootlessError{h.uid, errors.Join(missing...)}
	}
	return u, nil
}

// rootlessError says why a user who is not root cannot have a private daemon.
type rootlessError struct {
	uid int
	err error
}

func (e *rootlessError) Error() string {
	return fmt.Sprintf("no BuildKit found, and a private one cannot be started by user %d, who is not root:\n%v\n"+
		"or start Docker, or name a running BuildKit (--addr or BUILDKIT_HOST)", e.uid, e.err)
}

func (e *rootlessError) Unwrap() error { return e.err }

// checkKernel looks for what is known to forbid user namespaces.
func (h host) checkKernel() []error {
	var missing []error
	for _, s := range []struct{ name, forbids, allows string }{
		{"user.max_user_namespaces", "0", "28633"},
		{"kernel.unprivileged_userns_clone", "0", "1"}, // of Debian
	} {
		if h.sysctl(s.name) == s.forbids {
			missing = append(missing, fmt.Errorf("the kernel allows users no namespaces (%s is %s); set it (sysctl -w %s=%s)", s.name, s.forbids, s.name, s.allows))
		}
	}
	return missing
}

// sysctl is "" where the kernel has no such setting.
func (h host) sysctl(name string) string {
	text, _ := h.readFile("/proc/sys/" + strings.ReplaceAll(name, ".", "/"))
	return strings.TrimSpace(string(text))
}

// ranges gives what a file sets apart for the user, by name or number, and the first number behind all ranges in it.
func (h host) ranges(file string) (own []idRange, next int64) {
	next = 100_000 // where useradd begins
	text, err := h.readFile(file)
	if err != nil {
		return nil, next
	}
	all, err := user.ParseSubID(bytes.NewReader(text))
	if err != nil {
		return nil, next
	}
	for _, r := range all {
		next = max(next, r.SubID+r.Count)
		if r.Name == strconv.Itoa(h.uid) || h.name != "" && r.Name == h.name {
			own = append(own, idRange{r.SubID, r.Count})
		}
	}
	return own, next
}

func count(ranges []idRange) (sum int64) {
	for _, r := range ranges {
		sum += r.Count
	}
	return sum
}

// start starts this program again as the first process of a PID and a mount namespace, and of a user namespace unless u is nil. cmd
// is made by selfCommand.
func (u *users) start(cmd *exec.Cmd) (gone <-chan struct{}, err error) {
	// An interrupt typed at a terminal is for the client, which decides what becomes of the daemon.
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS, Setsid: true}
	if u == nil {
		return child.Start(cmd)
	}
	cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
	cmd.Args = append([]string{cmd.Args[0], SuperviseCommand, "mapped"}, cmd.Args[2:]...)
	mapped, tell, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer mapped.Close()
	cmd.ExtraFiles = []*os.File{mapped}
	if gone, err = child.Start(cmd); err != nil {
		tell.Close()
		return nil, err
	}
	if err = u.apply(cmd.Process.Pid); err == nil {
		_, err = tell.Write([]byte{1})
	}
	if err != nil {
		_ = cmd.Process.Kill()
		<-gone
		tell.Close()
		return nil, err
	}
	go func() {
		<-gone
		tell.Close() // by which the child learns that this process has ended
	}()
	return gone, nil
}

// apply has the kernel know the users of a namespace, by its first process.
func (u *users) apply(pid int) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, m := range []struct {
		program string
		own     int
		others  []idRange
	}{{u.UIDMapper, u.UID, u.UIDs}, {u.GIDMapper, u.GID, u.GIDs}} {
		args := []string{strconv.Itoa(pid), "0", strconv.Itoa(m.own), "1"}
		inside := int64(1)
		for _, r := range m.others {
			args = append(args, fmt.Sprint(inside), fmt.Sprint(r.First), fmt.Sprint(r.Count))
			inside += r.Count
		}
		if out, err := exec.CommandContext(ctx, m.program, args...).CombinedOutput(); err != nil {
			return fmt.Errorf("running %s %s: %w: %s", m.program, strings.Join(args, " "), err, bytes.TrimSpace(out))
		}
	}
	return nil
}

// mappedPipe is the descriptor by which a child is told of its users, the first of exec.Cmd.ExtraFiles.
const mappedPipe = 3

// awaitUsers waits in the new user namespace until there are users in it. As this process was started when it was nobody's there, it
// has no rights; started again as root it has.
func awaitUsers(args []string) error {
	if n, err := syscall.Read(mappedPipe, make([]byte, 1)); n != 1 {
		return fmt.Errorf("waiting for the users of the namespace: %w", cmp.Or(err, errors.New("the other end has gone")))
	}
	return syscall.Exec("/proc/self/exe", append([]string{"modship", SuperviseCommand, "rooted"}, args...), os.Environ())
}

// beRoot is what comes next: the kernel has forgotten to end this process with the one that started it, as it does when rights are gained.
func beRoot() error {
	runtime.LockOSThread() // the signal is a thread's
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("asking for the end with the parent: %w", err)
	}
	syscall.CloseOnExec(mappedPipe)
	fds := []unix.PollFd{{Fd: mappedPipe, Events: unix.POLLIN}}
	if _, err := unix.Poll(fds, 0); err != nil || fds[0].Revents&unix.POLLHUP != 0 {
		return errors.New("the process that started this one has gone")
	}
	return nil
}

// try finds out whether the machine lets the user have such namespaces, in milliseconds.
func (u *users) try() error {
	_, err := u.run("try")
	return err
}

// run runs a part of this program in such namespaces, see [Supervise], and gives what it prints.
func (u *users) run(args ...string) (string, error) {
	var out, said bytes.Buffer
	cmd := selfCommand(args...)
	cmd.Stdout, cmd.Stderr = &out, &said
	gone, err := u.start(cmd)
	if err != nil {
		return "", err
	}
	<-gone
	if !cmd.ProcessState.Success() {
		return "", errors.New(cmp.Or(strings.TrimSpace(strings.TrimPrefix(said.String(), supervisePrefix)), cmd.ProcessState.String()))
	}
	return out.String(), nil
}

// check is try, with what is known to help.
func (h host) check(u *users) error {
	if u == nil {
		return nil
	}
	err := u.try()
	if err == nil {
		return nil
	}
	const name = "kernel.apparmor_restrict_unprivileged_userns" // of Ubuntu
	if h.sysctl(name) == "1" {
		err = fmt.Errorf("%w: AppArmor allows users no rights in namespaces (%s is 1); set it (sysctl -w %s=0)", err, name, name)
	}
	return &rootlessError{h.uid, err}
}

// environment adds where temporary files are put, and what the programs of BuildKit look for in a user namespace.
func (u *users) environment(env []string, s state) []string {
	if env == nil {
		env = os.Environ()
	}
	if dir, ok := s.tempDir(); ok {
		env = append(slices.Clip(env), "TMPDIR="+dir)
	}
	if u == nil {
		return env
	}
	return append(slices.Clip(env), "USER="+u.Name, "XDG_RUNTIME_DIR="+filepath.Join(s.dir, "run"))
}
