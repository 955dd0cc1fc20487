//go:build linux

package gatewaytest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/containerd/continuity/fs"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
)

// Step is an exec operation that is about to run.
type Step struct {
	Args, Env []string
	// Root is the folder that is its root, without what is mounted there.
	Root string
	// Offline says that it has no network.
	Offline bool
	mounts  []mount
}

// Folder is what is mounted at a path. A step that gives something else may replace what it writes; see [Step.Give].
func (s *Step) Folder(dest string) string {
	for _, m := range s.mounts {
		if m.To == dest {
			return m.From
		}
	}
	return ""
}

// Give makes a folder of the machine the output that is mounted at dest, as it is.
func (s *Step) Give(dest, dir string) {
	for i := range s.mounts {
		if s.mounts[i].To == dest {
			s.mounts[i].From = dir
		}
	}
}

// mount binds a folder or a file of the machine into the root of a step. The root itself is one, at "/".
type mount struct {
	From, To string
	ReadOnly bool
}

// exec runs a program, or what stands in for it.
func (c *Client) exec(ctx context.Context, v *vertex, op *pb.ExecOp, inputs []string) (map[int64]string, error) {
	step := &Step{Args: op.Meta.Args, Env: op.Meta.Env, Offline: op.Network == pb.NetMode_NONE}
	if !slices.ContainsFunc(step.Env, func(kv string) bool { return strings.HasPrefix(kv, "PATH=") }) {
		step.Env = append(slices.Clone(step.Env), "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	}
	if p := op.Meta.ProxyEnv; p != nil {
		step.Env = append(step.Env, "HTTP_PROXY="+p.HttpProxy, "HTTPS_PROXY="+p.HttpsProxy, "FTP_PROXY="+p.FtpProxy, "NO_PROXY="+p.NoProxy)
	}
	outputs := map[int64]int{} // by the index of the mount
	for _, m := range op.Mounts {
		made, err := c.mount(ctx, m, inputs)
		if err != nil {
			return nil, fmt.Errorf("mounting %s: %w", m.Dest, err)
		}
		if made.From == "" {
			continue // a secret that is not there
		}
		if m.MountType == pb.MountType_BIND && m.Output >= 0 && !m.Readonly {
			outputs[m.Output] = len(step.mounts)
		}
		step.mounts = append(step.mounts, made)
	}
	step.Root = step.Folder(pb.RootMount)
	run := c.Steps[step.Args[len(step.Args)-1]]
	if run == nil {
		run = c.runInside
	}
	if err := run(ctx, step); err != nil {
		return nil, c.failed(v, op, step, err)
	}
	out := map[int64]string{}
	for index, i := range outputs {
		out[index] = step.mounts[i].From
	}
	return out, nil
}

// mount makes what is mounted.
func (c *Client) mount(ctx context.Context, m *pb.Mount, inputs []string) (mount, error) {
	made := mount{To: m.Dest, ReadOnly: m.Readonly}
	var err error
	switch m.MountType {
	case pb.MountType_BIND:
		from := ""
		if m.Input >= 0 {
			from = inputs[m.Input]
		}
		if !m.Readonly || from == "" {
			from, err = c.copied(ctx, from)
		}
		if err == nil {
			made.From, err = fs.RootPath(from, m.Selector)
		}
	case pb.MountType_CACHE:
		made.From = filepath.Join(c.Kept, m.CacheOpt.ID)
		err = os.MkdirAll(made.From, 0o755)
	case pb.MountType_TMPFS:
		made.From, err = c.newFolder()
	case pb.MountType_SECRET:
		made.From, err = c.secret(m.SecretOpt)
	default:
		err = fmt.Errorf("mounts as %s are not imitated", m.MountType)
	}
	return made, err
}

func (c *Client) secret(opt *pb.SecretOpt) (string, error) {
	text, ok := c.Secrets[opt.ID]
	if !ok && opt.Optional {
		return "", nil
	}
	if !ok {
		return "", fmt.Errorf("secret %s: not found", opt.ID)
	}
	dir, err := c.newFolder()
	name := filepath.Join(dir, "secret")
	return name, cmp.Or(err, os.WriteFile(name, []byte(text), 0o400))
}

// failed is the error of a step, whose root is kept.
func (c *Client) failed(v *vertex, op *pb.ExecOp, step *Step, err error) error {
	ids := make([]string, len(op.Mounts))
	for i, m := range op.Mounts {
		if m.Dest == pb.RootMount {
			ids[i] = step.Root
		}
	}
	c.mu.Lock()
	c.roots[step.Root] = step.Root
	c.mu.Unlock()
	err = fmt.Errorf("process %q did not complete successfully: %w", strings.Join(step.Args, " "), err)
	return errdefs.WithSolveError(errdefs.WithOp(err, v.op, v.description), nil, nil, ids)
}

// runInside runs the program of a step in namespaces of its own.
func (c *Client) runInside(ctx context.Context, step *Step) error {
	mounts := slices.Clone(step.mounts)
	for _, dir := range []string{"/dev", "/proc"} {
		mounts = append(mounts, mount{From: dir, To: dir})
	}
	slices.SortStableFunc(mounts, func(a, b mount) int { return strings.Compare(a.To, b.To) }) // what holds a mount before the mount
	text, err := json.Marshal(map[string]any{"Mounts": mounts, "Args": step.Args, "Env": step.Env})
	if err != nil {
		return err
	}
	dir, err := programs()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "inside"))
	cmd.Stdin = bytes.NewReader(text)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.SysProcAttr = namespaces(step.Offline)
	if err = cmd.Run(); err != nil {
		c.t.Logf("%s: %v\n%s", strings.Join(step.Args, " "), err, said.String())
	}
	return err
}

// canEnter tells whether this machine lets steps have namespaces.
var canEnter = sync.OnceValues(func() (bool, error) {
	dir, err := programs()
	if err != nil {
		return false, err
	}
	cmd := exec.Command(filepath.Join(dir, "inside"))
	cmd.Stdin = strings.NewReader("{}")
	cmd.SysProcAttr = namespaces(true)
	return cmd.Run() == nil, nil
})

// namespaces are those of a step: its own mounts, where it has no network its own, and for users who are not root the right to make them.
func namespaces(offline bool) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if offline {
		attr.Cloneflags |= syscall.CLONE_NEWNET
	}
	if os.Getuid() != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	return attr
}
