package engine

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/moby/buildkit/client"

	"github.com/modship-build/modship/internal/docker"
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

// home is a user's home with a builder of buildx, whose program says that it is at an address: the real one is for the integration tests.
func home(t *testing.T, name, driver, endpoint string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	instances := filepath.Join(dir, ".docker", "buildx", "instances")
	if err := os.MkdirAll(instances, 0o700); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(map[string]any{"Name": name, "Driver": driver, "Nodes": []map[string]string{{"Name": name + "0", "Endpoint": endpoint}}})
	if err == nil {
		err = os.WriteFile(filepath.Join(instances, name), data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"HOME": dir, "DOCKER_HOST": "unix:///nonexistent"}
}

// TestDockersBuildKit: that of the current context, of a context that is named, and of one that somebody has named for docker, is the one
// that answers; who said so is told.
func TestDockersBuildKit(t *testing.T) {
	d := start(t, t.TempDir())
	host := dockerd(t, d.Addr)
	for name, tt := range map[string]struct {
		builder string
		vars    map[string]string
		why     string
	}{
		"current":        {"", nil, "DOCKER_HOST names it"},
		"--builder":      {"default", nil, "--builder names it"},
		"BUILDX_BUILDER": {"", map[string]string{"BUILDX_BUILDER": "default"}, "BUILDX_BUILDER names it"},
	} {
		vars := map[string]string{"DOCKER_HOST": host}
		for k, v := range tt.vars {
			vars[k] = v
		}
		e, err := Connect(t.Context(), Options{Builder: tt.builder, Getenv: env(vars), Progress: testLog{t}})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		defer e.Close()
		if e.Addr != "docker:"+host || e.Why != tt.why || e.Name != "Docker at "+host+" (context default)" || e.Version == "" {
			t.Errorf("%s: connected to %+v", name, e)
		}
		// The daemon behind is one of BuildKit's own, whose worker has a label that Docker's has with the containerd image store.
		if e.Docker == nil || e.Docker.Host != host || e.ClassicStore {
			t.Errorf("%s: Docker is %+v, classic %t", name, e.Docker, e.ClassicStore)
		}
		workers, err := e.Client().ListWorkers(t.Context())
		if err != nil || len(workers) != 1 {
			t.Errorf("%s: %d workers, %v", name, len(workers), err)
		}
	}
}

// TestClassic: a worker that does not name its snapshotter is that of Docker's older store.
func TestClassic(t *testing.T) {
	if !classic([]*client.WorkerInfo{{Labels: map[string]string{"other": ""}}}) || classic([]*client.WorkerInfo{{}, {Labels: map[string]string{snapshotterLabel: "x"}}}) {
		t.Error("the label does not decide")
	}
}

// TestNamedBuilder: what is named is the only one tried, also if it does not answer.
func TestNamedBuilder(t *testing.T) {
	for name, tt := range map[string]struct {
		vars    map[string]string
		builder string
		says    []string
	}{
		"unknown":                        {nil, "shop", []string{"there is no builder of buildx and no context of docker named \"shop\"", "did you mean \"ship\"?"}},
		"unknown in the environment":     {map[string]string{"BUILDX_BUILDER": "shop"}, "", []string{"named \"shop\""}},
		"no answer":                      {nil, "default", []string{"connecting to Docker at unix:///nonexistent (context default), because --builder names it"}},
		"before the environment":         {map[string]string{"BUILDKIT_HOST": "unix:///b", "BUILDX_BUILDER": "ship"}, "default", []string{"--builder names it"}},
		"BUILDKIT_HOST before a builder": {map[string]string{"BUILDKIT_HOST": "unix:///nonexistent/b", "BUILDX_BUILDER": "default"}, "", []string{"connecting to BuildKit at unix:///nonexistent/b"}},
	} {
		vars := home(t, "ship", "remote", "unix:///nonexistent/ship")
		for k, v := range tt.vars {
			vars[k] = v
		}
		var progress bytes.Buffer
		e, err := Connect(t.Context(), Options{Builder: tt.builder, Getenv: env(vars), Progress: &progress, CacheDir: t.TempDir()})
		if err == nil {
			e.Close()
			t.Errorf("%s: connected to %s", name, e.Addr)
			continue
		}
		for _, want := range tt.says {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
		if strings.Contains(progress.String(), "private") {
			t.Errorf("%s: a private one was started: %s", name, &progress)
		}
	}
}

// TestList: all that there are are listed, with what they say of themselves, and the one that Connect takes is marked.
func TestList(t *testing.T) {
	d := start(t, t.TempDir())
	host := dockerd(t, d.Addr)
	vars := home(t, "ship", "remote", d.Addr)
	vars["DOCKER_HOST"] = host
	o := Options{Getenv: env(vars), CacheDir: t.TempDir()}
	used := func(o Options) string {
		t.Helper()
		found, err := List(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		var marked []string
		for _, f := range found {
			if f.Used {
				marked = append(marked, f.Name+", "+f.Why)
			}
		}
		e, err := Connect(t.Context(), o)
		if err == nil {
			defer e.Close()
			if len(marked) != 1 || !strings.HasSuffix(marked[0], e.Why) {
				t.Errorf("marked are %q, Connect takes %s: %s", marked, e.Name, e.Why)
			}
		}
		return strings.Join(marked, "; ")
	}
	if got, want := used(o), "default, DOCKER_HOST names it"; got != want {
		t.Errorf("used is %q, want %q", got, want)
	}
	o.Addr = d.Addr
	if got, want := used(o), d.Addr+", --addr names it"; got != want {
		t.Errorf("used is %q, want %q", got, want)
	}
	o.Addr, o.Builder = "", "default"
	if got, want := used(o), "default, --builder names it"; got != want {
		t.Errorf("used is %q, want %q", got, want)
	}
	o.Builder = "private" // which would be started to see whether Connect takes it: TestConnectEndsAtThePrivateDaemon does
	named, err := List(t.Context(), o)
	if err != nil || !slices.ContainsFunc(named, func(f Found) bool { return f.Name == "private" && f.Used && f.Why == "--builder names it" }) {
		t.Errorf("of --builder private it says %v, %v", named, err)
	}
	var said bytes.Buffer
	wrong := Options{Getenv: env(map[string]string{"HOME": vars["HOME"], "DOCKER_CONTEXT": "nobody"}), CacheDir: o.CacheDir, Progress: &said}
	broken, err := List(t.Context(), wrong)
	if last := broken[len(broken)-1]; err != nil || !last.Used || last.Why != "no other one answers" || !strings.Contains(said.String(), `docker has no context "nobody"`) {
		t.Errorf("of a context that there is not it says %q, and %+v, %v", &said, last, err)
	}
	vars["DOCKER_HOST"], o.Builder = "unix:///nonexistent", ""
	found, err := List(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	want := []Found{
		{Name: "default", Driver: "docker", Endpoints: []string{"unix:///nonexistent"}, State: "error"},
		{Name: "ship", Driver: "remote", Endpoints: []string{d.Addr}},
		{Name: "private", Driver: "private", Endpoints: []string{theState(o).dir}, State: "stopped", Used: true, Why: "no other one answers"},
	}
	// What buildx says is for the integration tests.
	if diff := cmp.Diff(want, found, cmpopts.IgnoreFields(Found{}, "Error", "Platforms", "Version"), cmpopts.IgnoreSliceElements(func(f Found) bool { return f.Name == "ship" })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if found[0].Error == "" {
		t.Error("why the first does not answer is not said")
	}
	o.Builder = "nobody"
	if _, err := List(t.Context(), o); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("got %v", err)
	}
}

// TestWaits: who may take how long. One of buildx may have to be started.
func TestWaits(t *testing.T) {
	w := Waits{Ready: 1, Docker: 2, SSH: 3}
	for want, b := range map[time.Duration]docker.Builder{
		1: {Driver: "docker-container"},
		2: {Context: &docker.Context{Host: "unix:///docker.sock"}},
		3: {Context: &docker.Context{Host: "ssh://host"}},
	} {
		if got := w.of(b); got != want {
			t.Errorf("%+v has the wait %d, want %d", b, got, want)
		}
	}
	if got, want := []time.Duration{Waits{}.ready(), Waits{}.docker(), Waits{}.ssh()}, []time.Duration{time.Minute, 15 * time.Second, 30 * time.Second}; !slices.Equal(got, want) {
		t.Errorf("users wait for %v, want %v as docs/cli.md says", got, want)
	}
}
