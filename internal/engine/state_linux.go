package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// state is the directory of one daemon. Files in it:
//
//	lock             held while somebody looks at, starts or repairs the daemon
//	lease            shared lock of each connected client; exclusive for the supervisor that stops the daemon
//	status.json      what runs, written whole or not at all
//	buildkitd.toml   the configuration
//	buildkitd.log    the log, of the previous daemon in buildkitd.log.1
//	network.conf     the network of build steps, for the plugin of CNI that is in plugins/
//	root/            BuildKit's own state
//	run/             what the programs of a daemon that is not root's keep while they run
//	tmp/             temporary files of the daemon, emptied when it starts
type state struct{ dir string }

// status says which processes were started; they may be gone.
type status struct {
	Supervisor procID `json:"supervisor"`
	Daemon     procID `json:"daemon"`
	Addr       string `json:"addr"`
	// Buildkitd is the path of the program, which names its version.
	Buildkitd string `json:"buildkitd"`
	// Isolated says that its build steps have a network of their own.
	Isolated bool `json:"isolated,omitzero"`
	// Limit is that of its build cache.
	Limit limit `json:"limit,omitzero"`
	// Rootless says that it does not run as root of the machine.
	Rootless bool `json:"rootless,omitzero"`
}

func openState(dir string) (state, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return state{}, err
	}
	return state{dir}, os.MkdirAll(dir, 0o700)
}

func (s state) path(name string) string { return filepath.Join(s.dir, name) }

func (s state) logPath() string { return s.path("buildkitd.log") }

// readStatus returns the zero status when there is none or when it cannot be read: either way nothing is known to run. What is in
// the file is removed, ended and connected to, so it may name nothing but what a daemon of this state is made of.
func (s state) readStatus() status {
	data, err := os.ReadFile(s.path("status.json"))
	if err != nil {
		return status{}
	}
	var st status
	if json.Unmarshal(data, &st) != nil || !s.ownSocket(st.Addr) {
		return status{}
	}
	if !st.Supervisor.runs(s.isSupervisor) {
		st.Supervisor = procID{}
	}
	if !st.Daemon.runs(s.isDaemon) {
		st.Daemon = procID{}
	}
	return st
}

// ownSocket says whether an address can be that of the state's daemon: in the state's folder, or in the one that socketDir makes
// where that is no place for a socket.
func (s state) ownSocket(addr string) bool {
	path, ok := strings.CutPrefix(addr, "unix://")
	if !ok || filepath.Base(path) != apiSocket || !filepath.IsAbs(path) {
		return false
	}
	dir := filepath.Dir(path)
	return dir == s.dir || filepath.Base(dir) == s.shortName() && checkAlone(dir) == nil
}

// isSupervisor knows the command line with which startSupervised starts one.
func (s state) isSupervisor(args []string) bool {
	var l launch
	return len(args) == 4 && args[1] == SuperviseCommand && args[2] == "run" && json.Unmarshal([]byte(args[3]), &l) == nil && l.Dir == s.dir
}

// isDaemon knows the command line of launch.args, also when it has the words of spawn in front.
func (s state) isDaemon(args []string) bool {
	i := slices.Index(args, "--root")
	return i >= 0 && i+1 < len(args) && args[i+1] == s.path("root")
}

func (s state) writeStatus(st status) error {
	data, err := json.Marshal(st)
	if err != nil {
		return err
	}
	tmp := s.path("status.json.tmp")
	if err := os.WriteFile(tmp, data, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, s.path("status.json"))
}

// openLog begins a new log and keeps the one before.
func (s state) openLog() (*os.File, error) {
	if err := os.Rename(s.logPath(), s.logPath()+".1"); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	return os.OpenFile(s.logPath(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
}

// withLog adds the end of the log to err.
func (s state) withLog(err error) error {
	data, readErr := os.ReadFile(s.logPath())
	if readErr != nil || len(data) == 0 {
		return fmt.Errorf("%w (there is no log in %s)", err, s.logPath())
	}
	return fmt.Errorf("%w; its log %s ends with\n%s", err, s.logPath(), lastLines(withoutStacks(string(data)), 15))
}

// withoutStacks drops the stack traces that buildkitd prints behind its errors, or they would be all that one sees of the
// log's end: pairs of lines, the function and, behind a tab, the place.
func withoutStacks(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "\t") {
			kept = append(kept, line)
		} else if n := len(kept); n > 0 && !strings.ContainsAny(kept[n-1], " =") {
			kept = kept[:n-1]
		}
	}
	return strings.Join(kept, "")
}

// maxSocketPath is sizeof(sun_path) less the final NUL, unix(7).
const maxSocketPath = 107

// socketDir is the state directory if the names of the sockets in it are short enough for the kernel and plain enough to
// stand in a URL unescaped, as BuildKit's clients want them; else a directory with a short name below tmp. It must be ours alone: everybody may make names below tmp, and who can write to the socket
// is root.
func (s state) socketDir(tmp string) (string, error) {
	if len(s.path(apiSocket)) <= maxSocketPath && !strings.ContainsAny(s.dir, "%?# ") {
		return s.dir, nil
	}
	dir := filepath.Join(tmp, s.shortName())
	if len(filepath.Join(dir, apiSocket)) > maxSocketPath {
		return "", fmt.Errorf("choosing a socket: %s and %s are both too long for a socket's name", s.dir, tmp)
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return "", err
	}
	if err := checkAlone(dir); err != nil {
		return "", fmt.Errorf("choosing a socket: %w", err)
	}
	return dir, nil
}

// tempDir is where the daemon's temporary files are put: BuildKit v0.33.1 leaves a folder for each file that it has mounted
// (snapshot/localmounter_linux.go), one for each secret of a step among them, and a daemon that is killed leaves more. It is not used where the socket of
// an SSH agent in it would have too long a name.
func (s state) tempDir() (dir string, ok bool) {
	const agent = ".buildkit-ssh-sock4294967295/ssh_auth_sock" // BuildKit v0.33.1, session/sshforward/ssh.go
	dir = s.path("tmp")
	return dir, len(filepath.Join(dir, agent)) <= maxSocketPath
}

// emptyTemp makes the folder of temporary files of a daemon that is about to start. What cannot be removed is in nobody's way.
func (s state) emptyTemp() error {
	dir, ok := s.tempDir()
	_ = os.RemoveAll(dir)
	if !ok {
		return nil
	}
	return os.MkdirAll(dir, 0o700)
}

func (s state) shortName() string {
	hash := sha256.Sum256([]byte(s.dir))
	return "modship-" + hex.EncodeToString(hash[:8])
}

// checkAlone allows a folder that is this user's, and into which nobody else can look.
func checkAlone(dir string) error {
	st, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	owner, ok := st.Sys().(*syscall.Stat_t)
	if !ok || !st.IsDir() || int(owner.Uid) != os.Geteuid() || st.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s belongs to somebody else or is open to others", dir)
	}
	return nil
}

const (
	apiSocket   = "buildkitd.sock"
	traceSocket = "otel-grpc.sock"
)

func socketPath(addr string) string { return strings.TrimPrefix(addr, "unix://") }
