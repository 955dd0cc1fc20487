package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/client"

	"github.com/modship-build/modship/internal/diag"
	"github.com/modship-build/modship/internal/docker"
)

// TestJoinLoad: a flag whose value may be left out takes what stands behind it if that can be nothing else.
func TestJoinLoad(t *testing.T) {
	for args, want := range map[string]string{
		"build --load":              "build --load",
		"build --load .":            "build --load .",
		"build --load kind":         "build --load=kind",
		"build --load kind:dev .":   "build --load=kind:dev .",
		"build --load kindly":       "build --load kindly",
		"build -t x --load kind -q": "build -t x --load=kind -q",
		"build --load=kind kind":    "build --load=kind kind",
		"build -- --load kind":      "build -- --load kind",
	} {
		if got := strings.Join(JoinLoad(strings.Fields(args)), " "); got != want {
			t.Errorf("%s: got %s, want %s", args, got, want)
		}
	}
}

// placed is what becomes of outputs with a daemon: the exports, and what is said.
func placed(t *testing.T, o BuildOptions, d *Daemon) (b *build, said string, err error) {
	t.Helper()
	env, _, stderr := testEnv(t, map[string]string{"PATH": t.TempDir()})
	env.Docker = docker.Settings{Getenv: func(name string) string { return map[string]string{"DOCKER_HOST": "unix:///nonexistent"}[name] }}
	var mistakes diag.List
	b = &build{job: &job{opt: client.SolveOpt{FrontendAttrs: o.Source.attrs(nil, env.LookupEnv, nil, &mistakes)}}, options: o.Output}
	b.outputs = o.Output.parse(new(bytes.Buffer), &mistakes)
	o.addTo(&b.opt, b.outputs, &mistakes)
	if err := mistakes.Err(); err != nil {
		t.Fatal(err)
	}
	b.workers = []*client.WorkerInfo{{Labels: map[string]string{executorLabel: "oci"}}}
	err = b.settle(t.Context(), env, d, func(w string) { Warn(env.Stderr, w) })
	return b, stderr.String(), err
}

// TestPlaceInDocker: with Docker's own BuildKit an image gets into Docker's image store by Docker's own exporter, once.
func TestDeliverInDocker(t *testing.T) {
	d := &Daemon{Docker: &docker.Context{Name: "default", Host: "unix:///docker.sock"}}
	for name, tt := range map[string]struct {
		o       OutputOptions
		exports []string
		summary []string
	}{
		"a name": {OutputOptions{Tags: []string{"app"}}, []string{"moby docker.io/library/app:latest"}, []string{"loaded app:latest@sha256:1 into Docker at unix:///docker.sock"}},
		"--load": {OutputOptions{Tags: []string{"app"}, Load: "docker"}, []string{"moby docker.io/library/app:latest"}, []string{"loaded app:latest@sha256:1 into Docker at unix:///docker.sock"}},
		"both ways": {OutputOptions{Tags: []string{"app"}, Load: "docker", Push: true}, []string{"moby docker.io/library/app:latest push"},
			[]string{"pushed app:latest@sha256:1 (also in Docker at unix:///docker.sock)"}},
		"an archive as well": {OutputOptions{Tags: []string{"app"}, Load: "docker", Outputs: []string{"type=oci,dest=x.tar"}},
			[]string{"oci docker.io/library/app:latest", "moby docker.io/library/app:latest"},
			[]string{"wrote OCI archive x.tar (sha256:1)", "loaded app:latest@sha256:1 into Docker at unix:///docker.sock"}},
	} {
		b, said, err := placed(t, BuildOptions{Output: tt.o}, d)
		if err != nil || said != "" {
			t.Errorf("%s: %v, %s", name, err, said)
		}
		var exports []string
		for _, e := range b.opt.Exports {
			words := []string{e.Type, e.Attrs["name"]}
			if e.Attrs["push"] == "true" {
				words = append(words, "push")
			}
			exports = append(exports, strings.Join(words, " "))
		}
		if diff := cmp.Diff(tt.exports, exports); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(tt.summary, summary(b.outputs, map[string]string{"containerimage.digest": "sha256:1"})); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", name, diff)
		}
	}
}

// TestDeliverInClassicDocker: that Docker's BuildKit can build nothing with the classic store is said before the build, with what can.
func TestDeliverInClassicDocker(t *testing.T) {
	d := &Daemon{Docker: &docker.Context{Name: "default", Host: "unix:///docker.sock"}, ClassicStore: true}
	for _, o := range []OutputOptions{{Tags: []string{"app"}, Load: "docker"}, {Outputs: []string{"dist"}}, {Tags: []string{"app"}, Push: true}, {}} {
		_, _, err := placed(t, BuildOptions{Output: o}, d)
		const want = "--builder: Docker at unix:///docker.sock keeps images in its classic store, with which its BuildKit has no way to put layers together; " +
			"turn on Docker's containerd image store, or make a builder that can: docker buildx create --use"
		if err == nil || err.Error() != want || !diag.Wrong(err) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// TestDeliverElsewhere: what cannot be loaded is said before the build, and so is an image that would stay where nobody reaches it.
func TestDeliverElsewhere(t *testing.T) {
	_, said, err := placed(t, BuildOptions{Output: OutputOptions{Tags: []string{"app"}}}, &Daemon{})
	if err != nil || !strings.Contains(said, "--load puts it into Docker, --push into its registry") {
		t.Errorf("%v, %s", err, said)
	}
	for load, want := range map[string]string{
		"docker":   "--load: asking Docker at unix:///nonexistent",
		"kind:dev": "--load: kind is not in PATH",
	} {
		_, said, err := placed(t, BuildOptions{Output: OutputOptions{Tags: []string{"app"}, Load: load}}, &Daemon{})
		if err == nil || !strings.Contains(err.Error(), want) || said != "" {
			t.Errorf("%s: %v, %s", load, err, said)
		}
		if diag.Wrong(err) != (load != "docker") {
			t.Errorf("%s: %v is a mistake: %t", load, err, diag.Wrong(err))
		}
	}
	for load, want := range map[string]string{"podman": `"podman" is nothing to load into`, "kind:": "nothing to load into", "kind": "needs a name; give it with --tag"} {
		var mistakes diag.List
		OutputOptions{Load: load}.parse(new(bytes.Buffer), &mistakes)
		if err := mistakes.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", load, err, want)
		}
	}
}

// followDelivery: a build that the classic store of Docker cannot have is changed as is said, or Docker or the builder is.
func followDelivery(t *testing.T) (followed []string) {
	t.Helper()
	at := &docker.Context{Name: "default", Host: "unix:///docker.sock"}
	classic := &Daemon{Docker: at, ClassicStore: true}
	o := BuildOptions{Output: OutputOptions{Tags: []string{"app"}}}
	for advice, on := range map[string]*Daemon{"turn on Docker's containerd image store": {Docker: at}, "or make a builder that can: docker buildx create --use": {}} {
		_, _, wrong := placed(t, o, classic)
		if wrong == nil || !strings.Contains(wrong.Error(), advice) {
			t.Errorf("%v does not say %q", wrong, advice)
			continue
		}
		followed = append(followed, wrong.Error())
		if _, _, again := placed(t, o, on); again != nil {
			t.Errorf("%v, and then %v", wrong, again)
		}
	}
	// Where there are other builders, they are named.
	home := t.TempDir()
	writeFile(t, home, ".docker/buildx/instances/ship", `{"Name":"ship","Driver":"remote","Nodes":[{"Endpoint":"tcp://b.example:1"}]}`)
	settings := docker.Settings{Getenv: func(name string) string { return map[string]string{"HOME": home}[name] }}
	var mistakes diag.List
	classicMistake(Env{Docker: settings}, classic, &mistakes, "push", "pushes")
	if _, err := settings.Named("ship"); err != nil || !strings.Contains(mistakes.Err().Error(), ", or build with --builder ship") {
		t.Errorf("%v, %v", mistakes.Err(), err)
	}
	followed = append(followed, mistakes.Err().Error())

	load := func(load string) string {
		var mistakes diag.List
		OutputOptions{Load: load, Tags: []string{"app"}}.parse(new(bytes.Buffer), &mistakes)
		return strings.Join(messages(mistakes), "\n")
	}
	for _, advice := range []string{"docker", "kind", "kind:CLUSTER"} {
		if again := load(advice); again != "" {
			t.Errorf("%s: %s", advice, again)
		}
	}
	both := DaemonOptions{Addr: "unix:///b", Builder: "ship"}
	mistakes = nil
	both.check(&mistakes)
	followed = append(followed, load("podman"), mistakes.Err().Error())
	for _, o := range []DaemonOptions{{Addr: both.Addr}, {Builder: both.Builder}} {
		mistakes = nil
		if o.check(&mistakes); mistakes.Err() != nil {
			t.Error(mistakes.Err())
		}
	}
	return followed
}
