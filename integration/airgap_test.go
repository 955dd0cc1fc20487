//go:build linux

package integration

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/sys/unix"

	"github.com/modship-build/modship/internal/testing/modproxytest"
)

// island is a network namespace with nothing in it but loopback addresses. What listens there is reached from there alone.
type island struct {
	do chan func()
	// file stands for the namespace, also where another /proc is mounted.
	file string
}

// newIsland makes one that ends with the test.
func newIsland(t *testing.T) island {
	t.Helper()
	need(t, "ip", "iproute2")
	need(t, "nsenter", "util-linux")
	i := island{do: make(chan func()), file: filepath.Join(t.TempDir(), "net")}
	if err := os.WriteFile(i.file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	made := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends, and its namespace with it
		err := unix.Unshare(unix.CLONE_NEWNET)
		if err == nil {
			err = unix.Mount(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()), i.file, "", unix.MS_BIND, "")
		}
		for _, args := range [][]string{{"link", "set", "lo", "up"}, {"address", "add", mirrorAddress + "/32", "dev", "lo"}} {
			if err == nil {
				err = exec.Command("ip", args...).Run()
			}
		}
		made <- err
		if err != nil {
			return
		}
		for do := range i.do {
			do()
		}
	}()
	if err := <-made; err != nil {
		missing(t, "the right to make a network namespace: "+err.Error())
	}
	t.Cleanup(func() {
		close(i.do)
		if err := unix.Unmount(i.file, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return i
}

// mirrorAddress is no loopback address.
const mirrorAddress = "10.77.0.1"

// program runs a command there. What only starts programs, from whichever thread, would start them in the machine's network.
func (i island) program() []string { return []string{"nsenter", "--net=" + i.file, "--"} }

// run does something there, in one thread.
func (i island) run(do func()) {
	done := make(chan struct{})
	i.do <- func() { defer close(done); do() }
	<-done
}

// listen opens a port there.
func (i island) listen(t *testing.T, address string) (l net.Listener) {
	t.Helper()
	var err error
	i.run(func() { l, err = net.Listen("tcp", address) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// bridge makes a server of the machine one of the island, at the same address.
func (i island) bridge(t *testing.T, address string) {
	t.Helper()
	l := i.listen(t, address)
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer in.Close()
				out, err := net.Dial("tcp", address)
				if err != nil {
					return
				}
				defer out.Close()
				go func() { _, _ = io.Copy(out, in); _ = out.(*net.TCPConn).CloseWrite() }()
				_, _ = io.Copy(in, out)
			}()
		}
	}()
}

// tools is a cache of tools whose buildkitd runs on the island.
func (i island) tools(t *testing.T, l *laboratory) string {
	t.Helper()
	cache := t.TempDir()
	bin := filepath.Join(cache, "tools", filepath.Base(filepath.Dir(l.tools)), "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	text := "#!/bin/sh\nexec " + strings.Join(append(i.program(), filepath.Join(l.tools, "buildkitd")), " ") + " \"$@\"\n"
	if err := os.WriteFile(filepath.Join(bin, "buildkitd"), []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return cache
}

// fillMirror downloads all that a module needs, as docs/air-gap.md says, and gives the folder to serve, and the toolchain with its hash.
func fillMirror(t *testing.T, dir, version string) (folder string, toolchain module.Version, sum string) {
	t.Helper()
	cache := t.TempDir()
	toolchain = module.Version{Path: "golang.org/toolchain", Version: "v0.0.1-go" + version + ".linux-" + runtime.GOARCH}
	for _, args := range [][]string{{"mod", "download", "all"}, {"mod", "download", "-json", toolchain.String()}} {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOMODCACHE="+cache, "GOFLAGS=-modcacherw", "GOTOOLCHAIN=local", "GOWORK=off")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		var said struct{ Sum string }
		if args[2] == "-json" && json.Unmarshal(out, &said) != nil {
			t.Fatalf("go mod download says %s", out)
		}
		sum = said.Sum
	}
	return filepath.Join(cache, "cache", "download"), toolchain, sum
}

// TestAirGap builds where there is nothing but a registry and a mirror of a folder, which has neither lists nor a checksum database: daemon,
// steps and client are in a network namespace of their own.
func TestAirGap(t *testing.T) {
	t.Parallel()
	l := setUp(t)
	const version = "1.26.11" // that of go.mod's toolchain line
	folder, toolchain, sum := fillMirror(t, quick(t), version)
	files := http.FileServer(http.Dir(folder))
	var asked, refused atomic.Int32
	mirror := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if user, password, _ := r.BasicAuth(); r.TLS != nil && (user != "ci" || password != canary) {
			refused.Add(1)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		files.ServeHTTP(w, r)
	})
	island := newIsland(t)
	island.bridge(t, l.registry)
	_, bundle := serveTLS(t, mirror) // the certificate is that of all test servers
	secure := &httptest.Server{Listener: island.listen(t, "127.0.0.1:0"), Config: &http.Server{Handler: mirror}}
	secure.StartTLS()
	t.Cleanup(secure.Close)
	plain := &httptest.Server{Listener: island.listen(t, mirrorAddress+":3000"), Config: &http.Server{Handler: mirror}}
	plain.Start()
	t.Cleanup(plain.Close)
	empty := &httptest.Server{Listener: island.listen(t, "127.0.0.1:0"), Config: &http.Server{Handler: http.NotFoundHandler()}}
	empty.Start()
	t.Cleanup(empty.Close)
	db, key := modproxytest.SumDB(t, "sum.corp.example", map[module.Version]string{toolchain: sum})
	database := &httptest.Server{Listener: island.listen(t, "127.0.0.1:0"), Config: &http.Server{Handler: db}}
	database.Start()
	t.Cleanup(database.Close)

	if out, err := exec.Command(island.program()[0], append(island.program()[1:], "ip", "route")...).CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("the island has a way out: %s, %v", out, err)
	}
	d := emptyDaemon(t, island.tools(t, l))
	theirs, err := os.Stat("/proc/" + d.processes(t)[0] + "/ns/net")
	if ours, ourErr := os.Stat(island.file); err != nil || ourErr != nil || !os.SameFile(theirs, ours) {
		t.Fatalf("the daemon is not in the network of the island: %v, %v", err, ourErr)
	}
	there := island.program()

	pinned := "go: {version: " + strconv.Quote(version) + ", sum: [" + strconv.Quote(sum) + "]}\n"
	overTLS := []string{"--secret", "id=ca,src=" + bundle}
	for name, c := range map[string]struct { // two pin the toolchain, and one has somebody else vouch for it
		config string
		args   []string
		flags  []string
	}{
		"password": {pinned, []string{"GOPROXY=" + secure.URL, "GOSUMDB=off"}, overTLS},
		"several":  {pinned + "modules: {insecure: [\"" + mirrorAddress + "\"]}\n", []string{"GOPROXY=" + secure.URL + "|" + empty.URL + "," + plain.URL + ",off", "GOSUMDB=off"}, overTLS},
		"database": {"modules: {insecure: [\"" + mirrorAddress + ":3000\"]}\n", []string{"GOPROXY=" + plain.URL, "GOSUMDB=" + key + " " + database.URL}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			eachMode(t, func(t *testing.T, m mode) {
				asked.Store(0)
				refused.Store(0)
				dir := quick(t)
				configure(t, dir, c.config)
				b := build{dir: dir, daemon: d, with: there, args: append([]string{"BUILDKIT_CACHE_MOUNT_NS=" + m.name + name[:3]}, c.args...), flags: c.flags}
				if name == "password" && m.name == client.name {
					b.args[1] = strings.Replace(b.args[1], "https://", "https://ci:"+canary+"@", 1)
				} else if name == "password" {
					b.flags = append([]string{"--secret", "id=netrc,src=" + airNetrc(t)}, c.flags...)
				}
				r := m.build(t, b)
				if hasCanary([]byte(r.log)) {
					t.Errorf("the log has the password in it:\n%s", r.log)
				}
				if m.name == client.name && (asked.Load() == 0 || (refused.Load() > 0) != (name == "several")) {
					t.Errorf("the mirror was asked %d times, and refused %d", asked.Load(), refused.Load())
				}
			})
		})
	}
}

// airNetrc has the password of the mirror.
func airNetrc(t *testing.T) string {
	dir := t.TempDir()
	edit(t, dir, "netrc", "machine 127.0.0.1 login ci password "+canary+"\n")
	return filepath.Join(dir, "netrc")
}
