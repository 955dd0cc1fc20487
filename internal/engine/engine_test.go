package engine

import (
	"bytes"
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"
)

// refusing returns the address of a unix socket that closes each connection, and the number of connections it got.
func refusing(t *testing.T) (addr string, count func() int) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			n++
			conn.Close()
		}
	}()
	stop := func() int { l.Close(); <-done; return n }
	t.Cleanup(func() { stop() })
	return "unix://" + path, stop
}

// What the user names is tried alone: falling back to something else would build in the wrong place.
func TestNamedAddressIsTheOnlyOneTried(t *testing.T) {
	for name, tt := range map[string]struct{ addr, host, want bool }{
		"Addr before BUILDKIT_HOST":   {addr: true, host: true},
		"BUILDKIT_HOST before Docker": {host: true},
	} {
		t.Run(name, func(t *testing.T) {
			addr, addrCount := refusing(t)
			host, hostCount := refusing(t)
			docker, dockerCount := refusing(t)
			o := Options{CacheDir: t.TempDir(), Getenv: env(map[string]string{"BUILDKIT_HOST": host, "DOCKER_HOST": docker})}
			if tt.addr {
				o.Addr = addr
			}
			_, err := Connect(t.Context(), o)
			want := map[bool]string{true: addr, false: host}[tt.addr]
			if err == nil || !strings.Contains(err.Error(), "connecting to BuildKit at "+want) {
				t.Errorf("got %v", err)
			}
			if a, h, d := addrCount() > 0, hostCount() > 0, dockerCount() > 0; a != tt.addr || h == tt.addr || d {
				t.Errorf("asked Addr %t, BUILDKIT_HOST %t, Docker %t", a, h, d)
			}
		})
	}
}

// TestNamedAddressSaysWhatToDo: whoever mistypes an address learns how it is written.
func TestNamedAddressSaysWhatToDo(t *testing.T) {
	addr, _ := refusing(t)
	for given, want := range map[string]string{
		addr:             "leave --addr and BUILDKIT_HOST empty",
		"localhost:1234": "write unix:///PATH, tcp://HOST:PORT",
	} {
		if _, err := Connect(t.Context(), Options{Addr: given}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", given, err, want)
		}
	}
}

// TestPlainAddressIsWarnedOf once, wherever it is named, unless it stays on this machine.
func TestPlainAddressIsWarnedOf(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // nobody is to be asked
	for addr, want := range map[string]int{
		"tcp://buildkit.invalid:1234": 1, "tcp://192.0.2.1:1234": 1, "tcp://[2001:db8::1]:1234": 1,
		"tcp://127.0.0.1:1": 0, "tcp://localhost:1": 0, "tcp://[::1]:1": 0, "unix:///nonexistent": 0,
	} {
		for _, name := range []string{"", "BUILDKIT_HOST", "DOCKER_HOST"} {
			var progress bytes.Buffer
			o := Options{Getenv: env(map[string]string{name: addr}), Progress: &progress}
			if name == "" {
				o = Options{Addr: addr, Progress: &progress}
			}
			if _, err := Connect(ctx, o); err == nil {
				t.Errorf("%s=%s: connected", name, addr)
			}
			if got := strings.Count(progress.String(), "warning: "+addr+" is neither encrypted"); got != want {
				t.Errorf("%s=%s: %d warnings, want %d: %s", name, addr, got, want, &progress)
			}
		}
	}
}

func TestUnusableDockerIsPassedOver(t *testing.T) {
	docker, count := refusing(t)
	for name, tt := range map[string]struct {
		vars map[string]string
		says string
	}{
		"no answer":      {map[string]string{"DOCKER_HOST": docker}, "not using Docker at " + docker + " (context default): "},
		"unknown scheme": {map[string]string{"DOCKER_HOST": "gopher://somewhere"}, "not using Docker at gopher://somewhere"},
		"TLS":            {map[string]string{"DOCKER_HOST": "tcp://127.0.0.1:1", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": t.TempDir()}, "reading the certificates"},
		"no context":     {map[string]string{"DOCKER_CONTEXT": "nobody", "HOME": t.TempDir()}, `docker has no context "nobody"`},
	} {
		var progress bytes.Buffer
		// No cache directory: the private daemon is the end of the search, and fails.
		_, err := Connect(t.Context(), Options{Getenv: env(tt.vars), Progress: &progress})
		if err == nil {
			t.Errorf("%s: connected", name)
		}
		if !strings.Contains(progress.String(), "not using ") || !strings.Contains(progress.String(), tt.says) {
			t.Errorf("%s: progress says %q", name, progress.String())
		}
	}
	if count() == 0 {
		t.Error("DOCKER_HOST was not asked")
	}
}

func TestUnknownSchemeIsAnError(t *testing.T) {
	if _, err := Connect(t.Context(), Options{Addr: "gopher://127.0.0.1:1"}); err == nil {
		t.Error("connected")
	}
}
