package engine

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	"github.com/tonistiigi/fsutil"

	"github.com/modship-build/modship/internal/stepnet"
)

// probe is a build step that tries to reach what its arguments name, and writes down what it could.
const probe = `package main

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	reached := []string{}
	for _, a := range os.Args[1:] {
		network, addr, _ := strings.Cut(a, "=")
		if network == "http" {
			// As apt does it, which makes no exception for loopback addresses.
			conn, err := net.DialTimeout("tcp", strings.TrimPrefix(os.Getenv("HTTP_PROXY"), "http://"), 5*time.Second)
			if err != nil {
				reached = append(reached, "no proxy: "+err.Error())
				continue
			}
			io.WriteString(conn, "GET "+addr+" HTTP/1.0\r\n\r\n")
			text, _ := io.ReadAll(conn)
			if strings.Contains(string(text), "secret of the machine") {
				reached = append(reached, a)
			}
			continue
		}
		if conn, err := net.DialTimeout(network, addr, 2*time.Second); err == nil {
			conn.Close()
			reached = append(reached, a)
		}
	}
	if seesOthers() {
		reached = append(reached, "the gateway's address of another build")
	}
	interfaces, _ := net.Interfaces()
	for _, i := range interfaces {
		if i.Flags&net.FlagUp != 0 {
			reached = append(reached, "interface "+i.Name)
		}
	}
	if _, err := http.Get("http://127.0.0.1"); err == nil {
		reached = append(reached, "a server of its own")
	}
	text, _ := json.Marshal(reached)
	os.WriteFile("/out/reached", text, 0o644)
}

// seesOthers looks for an address of the gateway that the step was not given, among those of connections that have ended.
func seesOthers() bool {
	own := net.ParseIP(strings.TrimSuffix(strings.TrimPrefix(os.Getenv("HTTP_PROXY"), "http://"), ":3128")).To4()
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil || own == nil {
		return true
	}
	for _, field := range strings.Fields(string(table)) {
		addr, port, _ := strings.Cut(field, ":")
		b, err := hex.DecodeString(addr)
		if err != nil || len(b) != 4 || port != "0C38" {
			continue
		}
		if ip := net.IPv4(b[3], b[2], b[1], b[0]); !ip.IsUnspecified() && !ip.Equal(own) {
			return true
		}
	}
	return false
}
`

// TestStepNetwork: a program in a step of the private daemon reaches nothing of the machine: neither ports of its loopback network, nor
// abstract sockets, nor interfaces, nor what is left of another build's connections, also not through the proxy that it is given; but what the user has named, through that.
func TestStepNetwork(t *testing.T) {
	o := Options{CacheDir: privateCache(t), Progress: testLog{t}}
	tcp, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("secret of the machine")) })}
	go server.Serve(tcp)
	t.Cleanup(func() { server.Close() })
	abstract, err := net.Listen("unix", "@modship-test-"+filepath.Base(o.CacheDir))
	if err != nil {
		t.Fatal(err)
	}
	defer abstract.Close()
	_, port, _ := net.SplitHostPort(tcp.Addr().String())
	attempts := []string{"unix=" + abstract.Addr().String(), "tcp=127.0.0.1:" + port, "http=http://127.0.0.1:" + port + "/", "http=http://localhost:" + port + "/"}
	own, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range own {
		if ip := a.(*net.IPNet).IP; ip.To4() != nil && !ip.IsLoopback() {
			attempts = append(attempts, "tcp="+ip.String()+":"+port, "http=http://"+ip.String()+":"+port+"/")
		}
	}
	e, _ := private(t, o)
	nothing := []string{"interface lo"}
	if diff := cmp.Diff(nothing, probeStep(t, e, stepnet.Settings{}, attempts)); diff != "" {
		t.Errorf("for a build that names nothing (-want +got):\n%s", diff)
	}
	// In the namespace of the step before, the gateway's address of that build would still be listed.
	named := stepnet.Settings{Local: stepnet.Servers("http://localhost:"+port, "")}
	if diff := cmp.Diff(append([]string{attempts[3]}, nothing...), probeStep(t, e, named, attempts)); diff != "" {
		t.Errorf("for a build that names it (-want +got):\n%s", diff)
	}
	if _, err := os.Stat("/var/lib/cni/results"); err == nil {
		if left, _ := filepath.Glob("/var/lib/cni/results/*modship*"); len(left) > 0 {
			t.Errorf("left on the machine: %v", left)
		}
	}
}

func probeStep(t *testing.T, e *Engine, s stepnet.Settings, attempts []string) (reached []string) {
	t.Helper()
	proxy, err := e.StepProxy(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(probe), 0o644); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", filepath.Join(bin, "probe"), filepath.Join(dir, "main.go"))
	build.Env = append(build.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	fs, err := fsutil.NewFS(bin)
	if err != nil {
		t.Fatal(err)
	}
	run := llb.Scratch().Hostname(stepnet.Hostname).Run(llb.Args(append([]string{"/bin/probe"}, attempts...)), llb.IgnoreCache,
		llb.AddMount("/bin", llb.Local("bin"), llb.Readonly), llb.WithProxy(llb.ProxyEnv{HTTPProxy: proxy, HTTPSProxy: proxy}))
	def, err := run.AddMount("/out", llb.Scratch()).Marshal(t.Context(), llb.LinuxAmd64)
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	if _, err := e.Client().Solve(t.Context(), def, client.SolveOpt{
		LocalMounts: map[string]fsutil.FS{"bin": fs},
		Exports:     []client.ExportEntry{{Type: client.ExporterLocal, OutputDir: out}},
	}, nil); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(out, "reached"))
	if err == nil {
		err = json.Unmarshal(text, &reached)
	}
	if err != nil {
		t.Fatal(err)
	}
	return reached
}

func TestPlugin(t *testing.T) {
	conf := `{"cniVersion": "1.0.0", "name": "modship", "type": "modship", "socket": "/nonexistent"}`
	for _, test := range []struct{ command, conf, want, err string }{
		{command: "VERSION", conf: "{}", want: "supportedVersions"},
		{command: "ADD", conf: `{"cniVersion": "1.0.0", "type": "loopback"}`, want: `"cniVersion": "1.0.0"`},
		{command: "DEL", conf: `{"cniVersion": "1.0.0", "type": "loopback"}`},
		{command: "CHECK", conf: conf},
		{command: "DEL", conf: conf, err: "asking for the network of build steps"},
		{command: "ADD", conf: conf, err: "no such file"},
		{command: "ADD", conf: "{", err: "reading the configuration"},
	} {
		var out bytes.Buffer
		err := plugin(env(map[string]string{"CNI_COMMAND": test.command, "CNI_CONTAINERID": "c"}), strings.NewReader(test.conf), &out)
		if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
			t.Errorf("%s %s: %v", test.command, test.conf, err)
		}
		if !strings.Contains(out.String(), test.want) || test.want == "" && out.Len() > 0 {
			t.Errorf("%s %s: %s", test.command, test.conf, &out)
		}
	}
}
