package engine

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"
)

// stopTimeout is how long a daemon may take to end its builds before it is killed.
const stopTimeout = 10 * time.Second

// launch is what a daemon is started with; its supervisor gets it as JSON.
type launch struct {
	Dir       string `json:"dir"`
	SocketDir string `json:"socketDir"`
	Buildkitd string `json:"buildkitd"`
	Runc      string `json:"runc"`
	// Isolated gives build steps a network of their own, see openNetwork; else they have that of the machine.
	Isolated bool          `json:"isolated,omitzero"`
	Idle     time.Duration `json:"idle,omitzero"`
	Limit    limit         `json:"limit,omitzero"`
	// Users are those of the user namespace in which a daemon runs that is not root's.
	Users *users `json:"users,omitempty"`

	warning string // for who starts it
}

func (l launch) addr() string { return "unix://" + filepath.Join(l.SocketDir, apiSocket) }

// args has no snapshotter, so that BuildKit takes overlayfs where the state's file system can carry it. Without a limit BuildKit has its
// own: it uses at most 80 % of the disk and 100 GB, and keeps 20 % free.
func (l launch) args() []string {
	s := state{l.Dir}
	args := []string{
		l.Buildkitd,
		"--config", s.path("buildkitd.toml"),
		"--root", s.path("root"),
		"--addr", l.addr(),
		"--otel-socket-path", filepath.Join(l.SocketDir, traceSocket),
		"--containerd-worker=false",
		"--oci-worker=true",
		"--oci-worker-net", l.network(),
		"--oci-worker-binary", l.Runc,
	}
	if l.Users != nil {
		args = append(args, "--rootless")
	}
	return append(args, l.Limit.args()...)
}

func (l launch) network() string {
	if l.Isolated {
		return "cni"
	}
	return "host"
}

// prepare chooses the sockets and writes the configuration. The state must be the caller's alone: the end of another
// daemon of the same state removes both.
func (l *launch) prepare(config []byte) error {
	s := state{l.Dir}
	var err error
	if l.SocketDir, err = s.socketDir(os.TempDir()); err != nil {
		return err
	}
	if err := s.emptyTemp(); err != nil {
		return err
	}
	if l.Users != nil {
		if err := os.MkdirAll(s.path("run"), 0o700); err != nil {
			return err
		}
	}
	if l.Isolated {
		conf, plugins, err := l.networkFiles()
		if err != nil {
			return err
		}
		// Not by flags: that of the configuration's path is read under another name (BuildKit v0.33.1, cmd/buildkitd).
		config = fmt.Appendf(slices.Clip(config), "\n[worker.oci]\n  cniConfigPath = %q\n  cniBinaryPath = %q\n", conf, plugins)
	}
	return os.WriteFile(s.path("buildkitd.toml"), config, 0o600)
}

// process is a running buildkitd. It does not outlive the process that started it.
type process struct {
	cmd  *exec.Cmd
	gone <-chan struct{} // closed when the daemon and all that it started have ended
	stop func() error
}

// spawn starts this program as the first process of new namespaces (see users.start), where it becomes the daemon (see [becomeDaemon]). When
// that process ends, the kernel ends the rest of its PID namespace and drops its mounts: no build step and no overlay mount
// is left, even after SIGKILL.
func spawn(l launch, env []string, log *os.File) (*process, error) {
	cmd := selfCommand(slices.Concat([]string{"exec", l.network()}, l.args())...)
	cmd.Env, cmd.Stdout, cmd.Stderr = l.Users.environment(env, state{l.Dir}), log, log
	gone, err := l.Users.start(cmd)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", l.Buildkitd, err)
	}
	p := &process{cmd: cmd, gone: gone}
	p.stop = sync.OnceValue(p.terminate)
	return p, nil
}

func (p *process) terminate() error {
	for _, sig := range []os.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stopping buildkitd: %w", err)
		}
		select {
		case <-p.gone:
			return nil
		case <-time.After(stopTimeout):
		}
	}
	return fmt.Errorf("stopping buildkitd: process %d does not end", p.cmd.Process.Pid)
}

// selfCommand runs this very program, even if its file has been replaced or removed since.
func selfCommand(args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Args = append([]string{"modship", SuperviseCommand}, args...)
	return cmd
}

// errNoDispatch stops a program that does not hand SuperviseCommand over from starting itself again and again.
var errNoDispatch = errors.New("this program was started with " + SuperviseCommand + " and does not call engine.Supervise")

func checkDispatch(args []string) error {
	if len(args) > 1 && args[1] == SuperviseCommand {
		return errNoDispatch
	}
	return nil
}

// becomeDaemon runs in the new namespaces, and becomes argv.
func becomeDaemon(network string, argv []string) error {
	if err := enter(network); err != nil {
		return err
	}
	if err := syscall.Exec(argv[0], argv, os.Environ()); err != nil {
		return fmt.Errorf("running %s: %w", argv[0], err)
	}
	return nil
}

// enter gives the new namespaces a /proc that shows their own processes, and what else the daemon needs that is not on the machine.
func enter(network string) error {
	// Mounts of the machine come and go here as well, but none from here reaches the machine.
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_SLAVE, ""); err != nil {
		return fmt.Errorf("detaching mounts: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	if network == "cni" {
		if err := hideCNICache(); err != nil {
			return fmt.Errorf("hiding the cache of CNI: %w", err)
		}
	}
	return nil
}
