package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/modship-build/modship/internal/stepnet"
)

// The network of build steps. BuildKit makes a network namespace for each step that has a network and runs a CNI plugin on it
// (https://www.cni.dev). The plugin is this program again; it opens a socket in the namespace and sends that to the supervisor, whose
// gateway then listens there: the supervisor itself has no right to enter it, where the daemon is not root's. Nothing else is in there,
// and nothing of the machine is changed.

const (
	// networkSocket is where the supervisor takes sockets of plugins and settings of clients.
	networkSocket = "network.sock"
	// pluginName is the type in the configuration of CNI.
	pluginName = "modship"
)

// networkFiles writes what BuildKit needs to run the plugin: this program, a script that starts it as a plugin under either name, and
// the configuration, to which it returns the path.
func (l launch) networkFiles() (config, plugins string, err error) {
	s := state{l.Dir}
	plugins = s.path("plugins")
	if err := os.MkdirAll(plugins, 0o700); err != nil {
		return "", "", err
	}
	// A copy, because the program may be replaced or removed while the daemon runs.
	program := filepath.Join(plugins, "program")
	if err := copyProgram(program); err != nil {
		return "", "", fmt.Errorf("copying this program for build steps: %w", err)
	}
	text := "#!/bin/sh\nexec '" + strings.ReplaceAll(program, "'", `'\''`) + "' " + SuperviseCommand + " cni\n"
	conf, err := json.Marshal(pluginConfig{CNIVersion: "1.0.0", Name: pluginName, Type: pluginName, Socket: filepath.Join(l.SocketDir, networkSocket)})
	if err != nil {
		return "", "", err
	}
	config = s.path("network.conf")
	return config, plugins, errors.Join(
		os.WriteFile(filepath.Join(plugins, pluginName), []byte(text), 0o700),
		os.WriteFile(filepath.Join(plugins, "loopback"), []byte(text), 0o700), // BuildKit asks for it by this name
		os.WriteFile(config, conf, 0o600),
	)
}

func copyProgram(to string) error {
	from, err := os.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer from.Close()
	if err := os.Remove(to); err != nil && !os.IsNotExist(err) {
		return err
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	return errors.Join(err, f.Close())
}

// pluginConfig is what the plugin is told, in the form that CNI wants.
type pluginConfig struct {
	CNIVersion string `json:"cniVersion"`
	Name       string `json:"name"`
	Type       string `json:"type"`
	Socket     string `json:"socket,omitempty"`
}

// networkRequest is one message to the supervisor: of a client with Settings, of a plugin with the container. With Add, a socket that
// listens in its network namespace comes along.
type networkRequest struct {
	Settings  *stepnet.Settings `json:"settings,omitempty"`
	Container string            `json:"container,omitempty"`
	Add       bool              `json:"add,omitempty"`
}

type networkAnswer struct {
	Addr  netip.Addr `json:"addr,omitzero"`
	Error string     `json:"error,omitempty"`
}

// plugin is the CNI plugin (https://www.cni.dev/docs/spec): it is told what to do by its environment and its standard input.
func plugin(getenv func(string) string, in io.Reader, out io.Writer) error {
	var conf pluginConfig
	if err := json.NewDecoder(in).Decode(&conf); err != nil {
		return fmt.Errorf("reading the configuration: %w", err)
	}
	req := networkRequest{Container: getenv("CNI_CONTAINERID")}
	var socket *os.File
	switch command := getenv("CNI_COMMAND"); {
	case command == "VERSION":
		_, err := fmt.Fprintln(out, `{"cniVersion": "1.0.0", "supportedVersions": ["0.4.0", "1.0.0"]}`)
		return err
	case command != "ADD" && command != "DEL" || conf.Type != pluginName:
		// The gateway brings up the loopback interface; nothing is to be checked.
	default:
		if req.Add = command == "ADD"; req.Add {
			var err error
			if socket, err = listenIn(getenv("CNI_NETNS")); err != nil {
				return fmt.Errorf("preparing the network of a build step: %w", err)
			}
			defer socket.Close()
		}
		if _, err := askNetwork(context.Background(), conf.Socket, req, socket); err != nil {
			return err
		}
	}
	if getenv("CNI_COMMAND") != "ADD" {
		return nil
	}
	_, err := fmt.Fprintf(out, `{"cniVersion": %q, "interfaces": [], "ips": []}`+"\n", conf.CNIVersion)
	return err
}

// askNetwork sends the supervisor a request, and a file if there is one.
func askNetwork(ctx context.Context, socket string, req networkRequest, file *os.File) (networkAnswer, error) {
	c, err := new(net.Dialer).DialContext(ctx, "unix", socket)
	if err != nil {
		return networkAnswer{}, fmt.Errorf("asking for the network of build steps: %w", err)
	}
	defer c.Close()
	text, err := json.Marshal(req)
	if err != nil {
		return networkAnswer{}, err
	}
	var rights []byte
	if file != nil {
		rights = unix.UnixRights(int(file.Fd()))
	}
	conn := c.(*net.UnixConn)
	if _, _, err := conn.WriteMsgUnix(text, rights, nil); err != nil {
		return networkAnswer{}, fmt.Errorf("asking for the network of build steps: %w", err)
	}
	if err := conn.CloseWrite(); err != nil {
		return networkAnswer{}, err
	}
	var answer networkAnswer
	if err := json.NewDecoder(c).Decode(&answer); err != nil {
		return networkAnswer{}, fmt.Errorf("asking for the network of build steps: %w", err)
	}
	if answer.Error != "" {
		return networkAnswer{}, errors.New(answer.Error)
	}
	return answer, nil
}

func registerSteps(ctx context.Context, socket string, s stepnet.Settings) (netip.Addr, error) {
	a, err := askNetwork(ctx, socket, networkRequest{Settings: &s}, nil)
	return a.Addr, err
}

// network is the supervisor's side.
type network struct {
	gateway  stepnet.Gateway
	listener *net.UnixListener

	mu    sync.Mutex
	steps map[string]net.Listener // by container
}

// openNetwork takes requests at the socket until close.
func openNetwork(socket string) (*network, error) {
	if err := os.Remove(socket); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: socket})
	if err != nil {
		return nil, fmt.Errorf("opening the network of build steps: %w", err)
	}
	n := &network{listener: l, steps: map[string]net.Listener{}}
	go func() {
		for {
			c, err := l.AcceptUnix()
			if err != nil {
				return
			}
			go n.answer(c)
		}
	}()
	return n, nil
}

func (n *network) close() {
	_ = n.listener.Close()
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range n.steps {
		_ = l.Close()
	}
	clear(n.steps)
}

func (n *network) answer(c *net.UnixConn) {
	defer c.Close()
	a, err := n.handle(c)
	if err != nil {
		a.Error = err.Error()
	}
	_ = json.NewEncoder(c).Encode(a)
}

// maxRequest is more than any client has to say.
const maxRequest = 64 << 10

func (n *network) handle(c *net.UnixConn) (networkAnswer, error) {
	text, rights := make([]byte, maxRequest), make([]byte, unix.CmsgSpace(4))
	size, rightsSize, _, _, err := c.ReadMsgUnix(text, rights)
	if err != nil {
		return networkAnswer{}, fmt.Errorf("reading the request: %w", err)
	}
	socket, err := sentFile(rights[:rightsSize])
	if err != nil {
		return networkAnswer{}, err
	}
	if socket != nil {
		defer socket.Close()
	}
	var req networkRequest
	if err := json.Unmarshal(text[:size], &req); err != nil {
		return networkAnswer{}, fmt.Errorf("reading the request: %w", err)
	}
	switch {
	case req.Settings != nil:
		addr, err := n.gateway.Register(*req.Settings)
		return networkAnswer{Addr: addr}, err
	case req.Add && socket != nil:
		return networkAnswer{}, n.add(req.Container, socket)
	case !req.Add && req.Container != "":
		n.remove(req.Container)
		return networkAnswer{}, nil
	}
	return networkAnswer{}, errors.New("the request asks for nothing")
}

// sentFile gives the file that came with a message, or nil.
func sentFile(rights []byte) (*os.File, error) {
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil || len(messages) == 0 {
		return nil, err
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return nil, fmt.Errorf("reading what was sent along: %d files, %w", len(fds), err)
	}
	unix.CloseOnExec(fds[0])
	return os.NewFile(uintptr(fds[0]), "socket"), nil
}

// add has the gateway serve a socket.
func (n *network) add(container string, socket *os.File) error {
	listener, err := net.FileListener(socket)
	if err != nil {
		return fmt.Errorf("taking the socket of a build step: %w", err)
	}
	l, ok := listener.(*net.TCPListener)
	if !ok {
		listener.Close()
		return errors.New("taking the socket of a build step: it is none of TCP")
	}
	n.mu.Lock()
	n.steps[container] = l
	n.mu.Unlock()
	go func() { _ = n.gateway.Serve(l) }()
	return nil
}

func (n *network) remove(container string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if l := n.steps[container]; l != nil {
		_ = l.Close()
		delete(n.steps, container)
	}
}

// listenIn brings up the loopback interface of a network namespace and listens there.
func listenIn(namespace string) (*os.File, error) {
	// The thread is not given back: this program ends soon, and with it that anything is in the namespace.
	runtime.LockOSThread()
	file, err := os.Open(namespace)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := unix.Setns(int(file.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("entering the namespace: %w", err)
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return nil, err
	}
	lo.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo); err != nil {
		return nil, fmt.Errorf("bringing up the loopback interface: %w", err)
	}
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4zero, Port: stepnet.Port})
	if err != nil {
		return nil, err
	}
	defer l.Close()
	return l.File()
}

// cniCache is the folder in which libraries of CNI remember containers.
const cniCache = "/var/lib/cni"

// hideCNICache gives the daemon an empty folder in the place of that one: its containers end with it.
func hideCNICache() error {
	if err := os.MkdirAll(cniCache, 0o700); err != nil && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.EROFS) {
		return err
	}
	if _, err := os.Lstat(cniCache); err != nil {
		if err := addFolder(filepath.Dir(cniCache), filepath.Base(cniCache)); err != nil {
			return err
		}
	}
	return syscall.Mount("tmpfs", cniCache, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, "size=16m,mode=0700")
}
