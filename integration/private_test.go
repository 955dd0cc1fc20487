//go:build linux

package integration

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modship-build/modship/internal/engine"
)

// privateMode is `modship build` with a private BuildKit, which ends with the test.
func privateMode(t *testing.T) mode {
	t.Helper()
	l := setUp(t)
	home, err := os.MkdirTemp(l.cache, "private-") // not in the temporary directory, in which everybody may write
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(home); err != nil {
			t.Error(err)
		}
	})
	cache := filepath.Join(home, "modship")
	tools, err := filepath.Abs(filepath.Join(l.cache, "tools"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(tools, filepath.Join(cache, "tools")); err != nil {
		t.Fatal(err)
	}
	const noDocker = "DOCKER_HOST=unix:///nonexistent"
	e, err := engine.Connect(t.Context(), engine.Options{
		CacheDir: cache, IdleTimeout: time.Millisecond, Progress: os.Stderr,
		Getenv: func(name string) string {
			return map[string]string{"DOCKER_HOST": "unix:///nonexistent", "PATH": os.Getenv("PATH")}[name]
		},
	})
	if err != nil {
		missing(t, fmt.Sprintf("a private BuildKit: %v", err))
	}
	t.Cleanup(func() {
		socket := strings.TrimPrefix(e.Addr, "unix://")
		e.Close()
		for range 300 {
			if _, err := os.Stat(socket); err != nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		t.Error("the private BuildKit does not end")
	})
	env := append(os.Environ(), "XDG_CACHE_HOME="+home, "BUILDKIT_HOST=", noDocker)
	return mode{"private", func(l *laboratory, _ *daemon, _ build) ([]string, []string) { return []string{l.modship, "build"}, env }}
}

// TestPrivateBuildKit builds with a module proxy of the user's on the machine's loopback network, which steps reach through their gateway.
// What the repository names there they do not.
func TestPrivateBuildKit(t *testing.T) {
	private := privateMode(t)
	var asked, connections atomic.Int32
	modules := goProxy(t, nil)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		modules.ServeHTTP(w, r)
	}))
	defer proxy.Close()
	local := countedListener(t, &connections)
	_, port, _ := net.SplitHostPort(local)
	mine := []string{"GOPROXY=" + proxy.URL}

	dir := example(t, "web")
	private.build(t, build{dir: dir, args: mine})
	if asked.Load() == 0 {
		t.Error("the module proxy was not asked")
	}

	const refused = "which build steps do not reach unless GOPROXY or GOSUMDB, as a build argument or in the environment of the client, names it"
	for name, c := range map[string]struct{ config, says string }{
		"modules.proxy": {"modules: {proxy: \"http://" + local + "\"}\n", refused},
		"cgo.zig.url": {"cgo: {enabled: on, compiler: zig, libc: musl, zig: {url: \"https://localhost.localdomain:" + port + "/zig.tgz\", digest: \"sha256:" +
			strings.Repeat("0", 64) + "\"}}\n", refused},
	} {
		configure(t, dir, c.config)
		b := build{dir: dir, args: []string{"BUILDKIT_CACHE_MOUNT_NS=" + name}}
		if name == "modules.proxy" {
			b.flags = []string{"--build-arg", "GOPROXY="}
		} else {
			b.args = append(b.args, mine...)
		}
		r := private.fail(t, b)
		r.says(t, c.says)
	}
	if n := connections.Load(); n > 0 {
		t.Errorf("a server that only the repository names was reached %d times", n)
	}
}
