package engine

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// dockerd serves what dockerd serves of BuildKit: POST /grpc, upgraded to a raw connection to a real BuildKit.
func dockerd(t *testing.T, buildkit string) (host string) {
	path := filepath.Join(t.TempDir(), "docker.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/grpc" || r.Header.Get("Upgrade") != "h2c" || r.Header.Get("Connection") != "Upgrade" {
			http.Error(w, "no such thing: "+r.URL.Path, http.StatusNotFound)
			return
		}
		back, err := net.Dial("unix", socketPath(buildkit))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		front, buf, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		io.WriteString(front, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
		go func() { io.Copy(back, buf); back.Close() }()
		io.Copy(front, back)
		front.Close()
	})}
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	return "unix://" + path
}

func TestDockersBuildKit(t *testing.T) {
	d := start(t, t.TempDir())
	host := dockerd(t, d.Addr)
	e, err := Connect(t.Context(), Options{Getenv: env(map[string]string{"DOCKER_HOST": host}), Progress: testLog{t}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if e.Addr != "docker:"+host {
		t.Errorf("connected to %s", e.Addr)
	}
	workers, err := e.Client().ListWorkers(t.Context())
	if err != nil || len(workers) != 1 {
		t.Errorf("%d workers, %v", len(workers), err)
	}
}

func TestUpgradeKeepsTheFirstBytes(t *testing.T) {
	front, back := net.Pipe()
	defer back.Close()
	go func() {
		req, err := http.ReadRequest(bufio.NewReader(back))
		if err != nil || req.Header.Get("X-Docker-Expose-Session-Uuid") != "u" {
			t.Errorf("%v, header %v", err, req.Header)
		}
		// One write: what follows the header is read together with it.
		io.WriteString(back, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nfirst bytes")
		back.Close()
	}()
	conn, err := upgrade(front, "/session", "h2c", map[string][]string{"x-docker-expose-session-uuid": {"u"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(conn); string(got) != "first bytes" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestUpgradeRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "docker.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.NotFoundHandler()}
	go srv.Serve(l)
	defer srv.Close()
	d, err := newDockerDialer("unix://" + path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.hijackPath(t.Context(), "/grpc", "h2c", nil); err == nil || !strings.Contains(err.Error(), "404 Not Found") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(dockerSocket); err == nil {
		t.Log("note: this machine has a Docker socket")
	}
}
