//go:build linux

package integration

import (
	"cmp"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/modship-build/modship/internal/engine"
	"github.com/modship-build/modship/internal/testing/builderrows"
	"github.com/modship-build/modship/internal/testing/gittest"
	"github.com/modship-build/modship/internal/testing/testbed"
)

// matrix is what is tried with each builder: one module, whose dependency wants a password and comes from a server with a certificate of
// its own, and whose steps are in a cache that another daemon exported.
type matrix struct {
	desk *dockerDesk
	dir  string // the module
	// args and flags are those of every build.
	args, flags []string
	cache       string // reference of the cache
	modules     *gate
	// ran counts the parts that were tried of each row, passed names those that have passed.
	ran    map[string]int
	passed map[string][]string
}

// gate is a server of modules that counts requests with the password, and can keep those who ask waiting.
type gate struct {
	http.Handler
	login  string
	served atomic.Int32

	mu     sync.Mutex
	closed chan struct{} // nil where nobody waits
	left   atomic.Int32  // those who waited and went away
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != g.login {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	g.served.Add(1)
	g.mu.Lock()
	closed := g.closed
	g.mu.Unlock()
	if closed != nil {
		select {
		case <-closed:
		case <-r.Context().Done():
			g.left.Add(1)
			return
		}
	}
	g.Handler.ServeHTTP(w, r)
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = make(chan struct{})
	g.left.Store(0)
	g.served.Store(0)
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed != nil {
		close(g.closed)
	}
	g.closed = nil
}

const matrixHost = "b.example.com"

func newMatrix(t *testing.T, desk *dockerDesk) *matrix {
	t.Helper()
	private := motto(t)
	m := &matrix{desk: desk, dir: usesMotto(t, private), cache: lab.registry + "/cache:matrix", ran: map[string]int{}, passed: map[string][]string{}}
	m.modules = &gate{Handler: goProxy(t, private.handlers), login: basicAuth("ci", canary)}
	server, bundle := serveTLS(t, m.modules)
	t.Cleanup(m.modules.open) // or the server would not close
	proxy := m.proxy(t, server.Listener.Addr().String())
	netrc := t.TempDir()
	edit(t, netrc, "netrc", "machine "+matrixHost+" login ci password "+canary+"\n")
	m.args = []string{"GOPROXY=https://" + matrixHost, "HTTPS_PROXY=http://" + proxy}
	m.flags = []string{"--secret", "id=ca,src=" + bundle, "--secret", "id=netrc,src=" + filepath.Join(netrc, "netrc")}
	client.build(t, build{dir: m.dir, platforms: twoPlatforms, noImage: true, args: m.args,
		flags: append(slices.Clone(m.flags), "--output", "type=cacheonly", "--cache-to", "type=registry,ref="+m.cache+",mode=max")})
	return m
}

// proxy leads every tunnel to one server, and listens where containers reach it.
func (m *matrix) proxy(t *testing.T, secure string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: tunnelTo(secure)}}
	server.Start()
	t.Cleanup(server.Close)
	return m.desk.address(t, listener.Addr().(*net.TCPAddr).Port)
}

// builder is how the builder of a row is found.
type builder struct {
	name string // of the row
	// flags choose it for modship, buildx for buildx; env is added to the user's.
	flags, env []string
	buildx     string
	// cacheTo is added to what says where to export the cache.
	cacheTo string
	// says is the end of the line in which modship says which BuildKit it has found, and why.
	says string
	// docker is the address of Docker, where that is another than others have.
	docker string
}

// modshipBuild runs `modship build` of the user.
func (m *matrix) modshipBuild(t *testing.T, b builder, flags ...string) *exec.Cmd {
	t.Helper()
	args := append([]string{"build", "--progress", "plain"}, b.flags...)
	for _, a := range m.args {
		args = append(args, "--build-arg", a)
	}
	cmd := m.desk.command(t, lab.modship, slices.Concat(args, m.flags, flags, []string{m.dir})...)
	cmd.Env = append(slices.Clone(cmd.Env), b.env...)
	return cmd
}

// buildxBuild runs `docker buildx build` of the user.
func (m *matrix) buildxBuild(t *testing.T, b builder, flags ...string) *exec.Cmd {
	t.Helper()
	args := []string{"buildx", "build", "--builder", b.buildx, "--progress", "plain"}
	for _, a := range m.args {
		args = append(args, "--build-arg", a)
	}
	cmd := m.desk.command(t, "docker", slices.Concat(args, m.flags, flags, []string{m.dir})...)
	cmd.Env = append(slices.Clone(cmd.Env), b.env...)
	return cmd
}

// try tries everything with a builder.
func (m *matrix) try(t *testing.T, b builder) {
	importCache := []string{"--cache-from", "type=registry,ref=" + m.cache}
	pushed := lab.registry + "/matrix:" + b.name
	m.part(t, b.name, "push several platforms, cache", func(t *testing.T) {
		own := "type=registry,ref=" + lab.registry + "/cache:" + b.name + ",mode=max" + b.cacheTo
		log, code := run(t, m.modshipBuild(t, b, append(importCache, "--platform", twoPlatforms, "-t", pushed, "--push", "--cache-to", own)...))
		if code != 0 {
			t.Fatalf("exit code %d\n%s", code, log)
		}
		r := result{log: log, pushed: pushed}
		r.says(t, b.says)
		if b.name != "oldest" { // which finds nothing in the cache of the other daemon
			r.reused(t, "toolchain", "modules", "deps")
		}
		m.check(t, r)
		if _, err := imageDigest(lab.registry + "/cache:" + b.name); err != nil {
			t.Errorf("no cache was exported: %v", err)
		}
	})
	m.part(t, b.name, "load, run", func(t *testing.T) {
		image := "modship-matrix:" + b.name
		log, code := run(t, m.modshipBuild(t, b, append(importCache, "-t", image, "--load")...))
		if code != 0 {
			t.Fatalf("exit code %d\n%s", code, log)
		}
		result{log: log}.says(t, b.says, "loaded "+image+"@sha256:", " into Docker at "+cmp.Or(b.docker, m.desk.socket))
		if got := m.desk.runImage(t, image); got != "mum's the word\n" {
			t.Errorf("the program printed %q", got)
		}
	})
	m.part(t, b.name, "secrets", func(t *testing.T) {
		m.modules.served.Store(0)
		log, code := run(t, m.modshipBuild(t, b, append(importCache, "-o", "type=cacheonly", "--no-cache-filter", "modules")...))
		if code != 0 || m.modules.served.Load() == 0 {
			t.Errorf("exit code %d, the server of modules gave %d answers:\n%s", code, m.modules.served.Load(), log)
		}
		if strings.Contains(log, canary) {
			t.Error("the log has the password")
		}
		result{log: log}.says(t, b.says)
	})
	m.part(t, b.name, "cancel", func(t *testing.T) { m.cancel(t, b, importCache) })
	m.part(t, b.name, "syntax line", func(t *testing.T) {
		pushed := pushed + "-syntax"
		log, code := run(t, m.buildxBuild(t, b, append(importCache, "--platform", twoPlatforms, "-t", pushed, "--push")...))
		if code != 0 {
			t.Fatalf("exit code %d\n%s", code, log)
		}
		m.check(t, result{log: log, pushed: pushed})
	})
}

// check runs what was pushed for both platforms.
func (m *matrix) check(t *testing.T, r result) {
	t.Helper()
	images := r.images(t)
	if len(images) != 2 {
		t.Errorf("%d images were pushed", len(images))
	}
	for platform, img := range images {
		if got := programOf(t, img).output(t); got != "mum's the word\n" {
			t.Errorf("the program for %s printed %q", platform, got)
		}
	}
}

// cancel interrupts a build while a step waits for the server of modules: the client ends, and so does the step.
func (m *matrix) cancel(t *testing.T, b builder, importCache []string) {
	m.modules.close()
	defer m.modules.open()
	cmd := m.modshipBuild(t, b, append(importCache, "-o", "type=cacheonly", "--no-cache-filter", "modules")...)
	log := new(testbed.Buffer)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	eventually(t, "a step asks for a module", ended, func() bool { return m.modules.served.Load() > 0 })
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 130 {
			t.Errorf("the build ended with %v, want exit code 130:\n%s", err, log)
		}
	case <-time.After(time.Minute):
		t.Fatalf("the build does not end:\n%s", log)
	}
	result{log: log.String()}.says(t, b.says)
	soon(t, "the step has gone", func() bool { return m.modules.left.Load() > 0 })
}

// rows try each kind of builder but [classicRow]; docs/builders.md says what was seen.
func (m *matrix) rows() map[string]func(t *testing.T) {
	return map[string]func(t *testing.T){
		"docker": m.docker, "ssh": m.ssh, "remote": m.remote, "oldest": m.oldest, "containerd": m.containerd, "rootless": m.rootless,
		"docker-container": m.container, "compose": m.compose,
	}
}

// rowsOfFull need programs that take minutes to compile, or are much like another row.
var rowsOfFull = []string{"ssh", "oldest", "rootless", "compose"}

// TestBuilders tries each kind of builder that a user of Docker has, found as modship finds it.
func TestBuilders(t *testing.T) {
	setUp(t)
	m := newMatrix(t, startDocker(t))
	rows := m.rows()
	for _, row := range builderrows.Read(t, "..") {
		if try := rows[row.Name]; try != nil {
			t.Run(row.Name, func(t *testing.T) {
				if slices.Contains(rowsOfFull, row.Name) {
					needFull(t)
				}
				try(t)
				m.note(t, row.Name)
			})
		}
	}
}

// docker is the BuildKit of Docker itself.
func (m *matrix) docker(t *testing.T) {
	m.try(t, builder{name: "docker", buildx: "default", says: "Docker at " + m.desk.socket + " (context default); DOCKER_HOST names it"})
}

// ssh is Docker on another machine, as far as can be seen: it is reached by ssh alone.
func (m *matrix) ssh(t *testing.T) {
	need(t, "ssh", "openssh-client")
	server := gittest.ServeSSH(t, "export DOCKER_HOST="+m.desk.socket+" PATH="+os.Getenv("PATH")+"\nexec sh -c \"$SSH_ORIGINAL_COMMAND\"\n")
	_, port, err := net.SplitHostPort(server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir() // ssh does not look for its settings in $HOME
	if err := os.WriteFile(filepath.Join(bin, "ssh"), []byte("#!/bin/sh\nexec /usr/bin/ssh -o IdentityAgent="+server.Agent+" -o UserKnownHostsFile="+
		server.KnownHosts("[127.0.0.1]:"+port)+" \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	host := "ssh://root@" + server.Addr
	env := []string{"PATH=" + bin + ":" + m.desk.tools + ":" + os.Getenv("PATH")}
	m.try(t, builder{name: "ssh", buildx: "default", env: append(slices.Clone(env), "DOCKER_HOST="+host), docker: host,
		says: "Docker at " + host + " (context default); DOCKER_HOST names it"})
	m.desk.must(t, "docker", "context", "create", "away", "--docker", "host="+host)
	m.desk.undo(t, "docker", "context", "rm", "away")
	list := m.desk.command(t, lab.modship, "builders", "--builder", "away")
	list.Env = append(list.Env, env...)
	if out, code := run(t, list); code != 0 || !regexp.MustCompile(`(?m)^\* +away +docker +running .* containerd .* `+regexp.QuoteMeta(host)+`$`).MatchString(out) {
		t.Errorf("modship builders: exit code %d\n%s", code, out)
	}
}

// container is a builder in a container of its own, whose memory and processors are limited.
func (m *matrix) container(t *testing.T) {
	m.desk.must(t, "docker", "buildx", "create", "--name", "box", "--driver", "docker-container", "--use",
		"--driver-opt", "image="+m.desk.buildkitImage(t, "pinned"), "--driver-opt", "network=host", "--driver-opt", "memory=2g",
		"--driver-opt", "cpu-period=100000", "--driver-opt", "cpu-quota=150000")
	m.desk.undo(t, "docker", "buildx", "rm", "box")
	m.try(t, builder{name: "docker-container", buildx: "box", says: "builder box of buildx (docker-container); the current builder of buildx"})
}

// remote is a daemon that buildx knows by its address.
func (m *matrix) remote(t *testing.T) {
	m.desk.must(t, "docker", "buildx", "create", "--name", "far", "--driver", "remote", lab.daemon.Addr)
	m.try(t, builder{name: "remote", flags: []string{"--builder", "far"}, buildx: "far", says: "builder far of buildx (remote); --builder names it"})
}

// classicRow is the row of the classic image store, which takes a Docker of its own.
const classicRow = "classic"

// TestClassicDocker: with the classic image store of Docker no image is built, which is one clear sentence before the build, by modship and
// through buildx. What another builder has built is loaded and run.
func TestClassicDocker(t *testing.T) {
	setUp(t)
	desk := startDocker(t, "--feature", "containerd-snapshotter=false", "--storage-driver", "overlay2")
	m := newMatrix(t, desk)
	desk.must(t, "docker", "buildx", "create", "--name", "far", "--driver", "remote", lab.daemon.Addr)
	m.part(t, classicRow, "refused in one sentence", m.classicRefuses)
	m.part(t, classicRow, "loaded from another builder", m.classicLoads)
	m.note(t, classicRow)
}

func (m *matrix) classicRefuses(t *testing.T) {
	for _, flags := range [][]string{{"-t", "modship-matrix:classic", "--load"}, {"-t", lab.registry + "/classic:1", "--push"}} {
		log, code := run(t, m.modshipBuild(t, builder{buildx: "default"}, flags...))
		if code != 2 || strings.Count(log, "error: ") != 1 || !strings.Contains(log, "keeps images in its classic store, with which its BuildKit has no way to put layers together") ||
			!strings.Contains(log, "or build with --builder far") {
			t.Errorf("%q: exit code %d\n%s", flags, code, log)
		}
	}
	log, code := run(t, m.buildxBuild(t, builder{buildx: "default"}, "-t", "modship-matrix:classic", "--load"))
	if code == 0 || !strings.Contains(log, "this BuildKit cannot put layers together") {
		t.Errorf("docker buildx build: exit code %d\n%s", code, log)
	}
	t.Logf("modship builders:\n%s", m.desk.must(t, lab.modship, "builders"))
}

// classicLoads: another builder makes the image all the same, and Docker takes one platform of it.
func (m *matrix) classicLoads(t *testing.T) {
	for platforms, wantCode := range map[string]int{"linux/amd64": 0, twoPlatforms: 2} {
		log, code := run(t, m.modshipBuild(t, builder{flags: []string{"--builder", "far"}}, "-t", "modship-matrix:far", "--load", "--platform", platforms))
		if code != wantCode || code != 0 && !strings.Contains(log, "which holds an image of one platform; give one --platform") {
			t.Errorf("loading %s: exit code %d\n%s", platforms, code, log)
		}
	}
	if got := m.desk.runImage(t, "modship-matrix:far"); got != "mum's the word\n" {
		t.Errorf("the program printed %q", got)
	}
}

// buildctl builds that program, which no other test needs.
func buildctl(t *testing.T) string {
	t.Helper()
	tools, err := engine.Tools(t.Context(), lab.cache, os.Stderr, "buildctl")
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(tools, "buildctl")
}

// buildkitImage makes an image of the pinned BuildKit, as the driver docker-container wants one, and gives its reference in the registry.
func (d *dockerDesk) buildkitImage(t *testing.T, tag string) string {
	t.Helper()
	files := []imageFile{{name: "tmp/.keep", mode: 0o644}} // so that there is the folder
	for name, from := range map[string]string{
		"usr/bin/buildkitd": filepath.Join(lab.tools, "buildkitd"), "usr/bin/buildctl": buildctl(t),
		"usr/bin/buildkit-runc": filepath.Join(d.tools, "runc"),
	} {
		files = append(files, imageFile{name: name, mode: 0o755, data: readFile(t, from)})
	}
	if bundle := systemBundle(); bundle != "" {
		files = append(files, imageFile{name: "etc/ssl/certs/ca-certificates.crt", mode: 0o644, data: readFile(t, bundle)})
	}
	config := builderEnv
	config.Entrypoint = []string{"buildkitd"}
	img, err := newImage(config, files...)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := lab.push("moby/buildkit:"+tag, img)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}
