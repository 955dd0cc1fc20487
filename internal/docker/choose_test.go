package docker

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	dockercontext "github.com/docker/cli/cli/context"
	"github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/cli/context/store"
	"github.com/google/go-cmp/cmp"
	"github.com/moby/moby/client"
	"github.com/opencontainers/go-digest"
)

// desk is a user's home with settings for Docker.
type desk struct {
	t    *testing.T
	home string
	env  map[string]string
}

func newDesk(t *testing.T) desk {
	home := t.TempDir()
	return desk{t, home, map[string]string{"HOME": home}}
}

func (d desk) settings() Settings {
	return Settings{Getenv: func(name string) string { return d.env[name] }}
}

func (d desk) write(name, content string) {
	d.t.Helper()
	path := filepath.Join(d.home, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// context makes a context as docker does.
func (d desk) context(name, host string, tls *dockercontext.TLSData) {
	d.t.Helper()
	stored := d.settings().contextStore()
	err := stored.CreateOrUpdate(store.Metadata{Name: name, Endpoints: map[string]any{docker.DockerEndpoint: docker.EndpointMeta{Host: host}}})
	if err == nil && tls != nil {
		err = stored.ResetEndpointTLSMaterial(name, docker.DockerEndpoint, tls.ToStoreTLSData())
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d desk) builder(name, driver string, endpoints ...string) {
	d.t.Helper()
	type node struct{ Name, Endpoint string }
	var nodes []node
	for _, e := range endpoints {
		nodes = append(nodes, node{name + "0", e})
	}
	data, err := json.Marshal(map[string]any{"Name": name, "Driver": driver, "Nodes": nodes})
	if err != nil {
		d.t.Fatal(err)
	}
	d.write(".docker/buildx/instances/"+name, string(data))
}

// usual is what Current gives at the end because of the machine that the test runs on.
func usual() []string {
	if exists(strings.TrimPrefix(client.DefaultDockerHost, "unix://")) {
		return []string{"docker default " + client.DefaultDockerHost + ": the usual address of Docker"}
	}
	return nil
}

// TestCurrent: what docker and buildx would use is what is chosen, with the reason.
func TestCurrent(t *testing.T) {
	key := func(endpoint string) string { return digest.FromString(endpoint).Encoded()[:20] }
	for name, tt := range map[string]struct {
		desk func(d desk)
		want []string
		err  string
	}{
		"nothing": {func(desk) {}, usual(), ""},
		"DOCKER_HOST before all else": {func(d desk) {
			d.context("colima", "unix:///c.sock", nil)
			d.env["DOCKER_HOST"], d.env["DOCKER_CONTEXT"] = "unix:///h.sock", "colima"
		}, []string{"docker default unix:///h.sock: DOCKER_HOST names it"}, ""},
		"DOCKER_CONTEXT before the configuration": {func(d desk) {
			d.context("colima", "unix:///c.sock", nil)
			d.context("orbstack", "unix:///o.sock", nil)
			d.write(".docker/config.json", `{"currentContext":"orbstack"}`)
			d.env["DOCKER_CONTEXT"] = "colima"
		}, []string{"docker colima unix:///c.sock: DOCKER_CONTEXT names it"}, ""},
		"the current context": {func(d desk) {
			d.context("ssh", "ssh://me@build.example", nil)
			d.write(".docker/config.json", `{"currentContext":"ssh"}`)
		}, []string{"docker ssh ssh://me@build.example: the current context of docker"}, ""},
		"another folder": {func(d desk) {
			d.env["DOCKER_CONFIG"] = filepath.Join(d.home, "elsewhere")
			d.context("ssh", "ssh://me@build.example", nil)
			d.write("elsewhere/config.json", `{"currentContext":"ssh"}`)
		}, []string{"docker ssh ssh://me@build.example: the current context of docker"}, ""},
		"a context that is not there": {func(d desk) { d.env["DOCKER_CONTEXT"] = "colima" }, nil, `docker has no context "colima"`},
		"a broken configuration":      {func(d desk) { d.write(".docker/config.json", `{`) }, nil, "reading docker's configuration"},
		"a builder for all contexts": {func(d desk) {
			d.context("colima", "unix:///c.sock", nil)
			d.env["DOCKER_CONTEXT"] = "colima"
			d.builder("ship", "docker-container", "default")
			d.write(".docker/buildx/current", `{"Key":"other","Name":"ship","Global":true}`)
		}, []string{"docker-container ship default: the current builder of buildx", "docker colima unix:///c.sock: DOCKER_CONTEXT names it"}, ""},
		"the last builder of the context": {func(d desk) {
			d.env["DOCKER_HOST"] = "unix:///h.sock"
			d.builder("ship", "remote", "tcp://buildkit.example:1234", "tcp://other.example:1234")
			d.write(".docker/buildx/current", `{"Key":"unix:///h.sock","Name":"ship","Global":false}`)
		}, []string{"remote ship tcp://buildkit.example:1234 tcp://other.example:1234: the current builder of buildx", "docker default unix:///h.sock: DOCKER_HOST names it"}, ""},
		"the default builder of the context": {func(d desk) {
			d.env["DOCKER_HOST"] = "unix:///h.sock"
			d.builder("ship", "kubernetes", "kubernetes:///ship")
			d.write(".docker/buildx/current", `{"Key":"unix:///other.sock","Name":"gone","Global":false}`)
			d.write(".docker/buildx/defaults/"+key("unix:///h.sock"), "ship")
		}, []string{"kubernetes ship kubernetes:///ship: the current builder of buildx", "docker default unix:///h.sock: DOCKER_HOST names it"}, ""},
		"the builder of another context": {func(d desk) {
			d.env["DOCKER_HOST"] = "unix:///h.sock"
			d.builder("ship", "remote", "tcp://buildkit.example:1234")
			d.write(".docker/buildx/current", `{"Key":"unix:///other.sock","Name":"ship","Global":false}`)
		}, []string{"docker default unix:///h.sock: DOCKER_HOST names it"}, ""},
		"a builder that is gone": {func(d desk) {
			d.env["DOCKER_HOST"] = "unix:///h.sock"
			d.write(".docker/buildx/current", `{"Key":"unix:///h.sock","Name":"ship","Global":false}`)
		}, []string{"docker default unix:///h.sock: DOCKER_HOST names it"}, "instances/ship"},
		"a broken builder": {func(d desk) {
			d.env["DOCKER_HOST"] = "unix:///h.sock"
			d.write(".docker/buildx/current", `{"Key":"unix:///h.sock","Name":"ship","Global":false}`)
			d.write(".docker/buildx/instances/ship", "{")
		}, []string{"docker default unix:///h.sock: DOCKER_HOST names it"}, `reading the builder "ship" of buildx`},
		"the usual sockets": {func(d desk) {
			for _, s := range []string{".docker/run/docker.sock", ".colima/default/docker.sock", ".orbstack/run/docker.sock", ".rd/docker.sock", ".lima/docker/sock/docker.sock"} {
				d.write(s, "")
			}
			d.env["XDG_RUNTIME_DIR"] = filepath.Join(d.home, "run")
			d.write("run/docker.sock", "")
		}, append(usual(),
			"docker docker-desktop unix://HOME/.docker/run/docker.sock: the socket of Docker Desktop",
			"docker docker-without-root unix://HOME/run/docker.sock: the socket of Docker without root",
			"docker colima unix://HOME/.colima/default/docker.sock: the socket of Colima",
			"docker orbstack unix://HOME/.orbstack/run/docker.sock: the socket of OrbStack",
			"docker rancher-desktop unix://HOME/.rd/docker.sock: the socket of Rancher Desktop",
			"docker lima unix://HOME/.lima/docker/sock/docker.sock: the socket of Lima"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			tt.desk(d)
			choices, err := d.settings().Current()
			var got []string
			for _, c := range choices {
				got = append(got, strings.ReplaceAll(c.Driver+" "+c.Name+" "+strings.Join(c.Endpoints, " ")+": "+c.Why, d.home, "HOME"))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
		})
	}
}

// TestNamed: a name is that of a builder, else that of a context; a wrong one is told of the right ones.
func TestNamed(t *testing.T) {
	d := newDesk(t)
	d.context("colima", "unix:///c.sock", nil)
	d.context("both", "unix:///b.sock", nil)
	d.builder("both", "docker-container", "colima")
	d.builder("plain", "remote", "tcp://192.0.2.1:1234")
	d.builder("local", DriverDocker, "colima")
	d.env["DOCKER_HOST"] = "tcp://192.0.2.1:2375"
	for name, want := range map[string]Builder{
		"colima": {Name: "colima", Driver: DriverDocker, Endpoints: []string{"unix:///c.sock"}, Context: &Context{Name: "colima", Host: "unix:///c.sock"}},
		"both":   {Name: "both", Driver: "docker-container", Endpoints: []string{"colima"}},
		"plain":  {Name: "plain", Driver: "remote", Endpoints: []string{"tcp://192.0.2.1:1234"}, open: []string{"tcp://192.0.2.1:1234"}},
		"local":  {Name: "local", Driver: DriverDocker, Endpoints: []string{"colima"}, Context: &Context{Name: "colima", Host: "unix:///c.sock"}},
		"default": {Name: "default", Driver: DriverDocker, Endpoints: []string{"tcp://192.0.2.1:2375"}, open: []string{"tcp://192.0.2.1:2375"},
			Context: &Context{Name: "default", Host: "tcp://192.0.2.1:2375"}},
	} {
		got, err := d.settings().Named(name)
		if got.Context != nil {
			got.Context.endpoint = docker.Endpoint{}
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Builder{}, Context{})); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	for name, want := range map[string]string{
		"colimo": `did you mean "colima"?`, "xyz": "there is both, colima, default, local, plain", "../instances/both": "there is no builder", "": "there is no builder",
	} {
		if _, err := d.settings().Named(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", name, err, want)
		}
	}
	var all []string
	for _, b := range d.settings().All() {
		all = append(all, b.Name)
	}
	if want := []string{"both", "colima", "default", "local", "plain"}; !slices.Equal(all, want) {
		t.Errorf("all are %q, want %q", all, want)
	}
}

// TestDaemon: images are loaded into the daemon of the current context, whichever builder is the current one.
func TestDaemon(t *testing.T) {
	d := newDesk(t)
	d.env["DOCKER_HOST"] = "unix:///h.sock"
	d.builder("ship", "remote", "tcp://buildkit.example:1234")
	d.write(".docker/buildx/current", `{"Key":"unix:///h.sock","Name":"ship","Global":true}`)
	if c, err := d.settings().Daemon(); err != nil || c.Host != "unix:///h.sock" {
		t.Errorf("%+v, %v", c, err)
	}
	if usual() == nil {
		if _, err := newDesk(t).settings().Daemon(); !errors.Is(err, errNoDaemon) {
			t.Errorf("without any: %v", err)
		}
	}
	if _, err := (Settings{}).Daemon(); usual() == nil && !errors.Is(err, errNoDaemon) {
		t.Errorf("without an environment: %v", err)
	}
}
